"""manage.py demo: fill an empty database with the demo organisation, sixteen months up to this moment."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from decisions.management.demo import figures, people
from decisions.management.demo.advice import ADVICE
from decisions.management.demo.agenda import Ago, Calendar, play
from decisions.management.demo.desk import advised
from decisions.management.demo.house import House
from decisions.management.demo.stories import STORIES
from decisions.management.demo.weeks import SPONSORS, judged, watched_by
from ownership import clock
from ownership.models import Organisation, User


class Command(BaseCommand):
    help = "Fill an empty database with the demo organisation, sixteen months up to this moment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", help="with which everybody logs in; without it nobody can yet")
        parser.add_argument("--tokens", help="a file for the texts of both API tokens; without it they are printed")

    def handle(self, *args: Any, **options: Any) -> None:
        if User._base_manager.exists():
            raise CommandError("There are people in this database. The demo only fills an empty one.")
        with transaction.atomic():
            house = self._found(options["password"])
            self._live(house)
        texts = "".join(f"{name} {text}\n" for name, text in house.secrets.items())
        if not options["tokens"]:
            self.stdout.write(texts)
            return
        descriptor = os.open(options["tokens"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as file:
            file.write(texts)

    def _found(self, password: str | None) -> House:
        self.stdout.write("  people, seats and KPIs")
        calendar = Calendar(clock.now(), Organisation().tz)
        at = calendar.at(Ago(347, 9))
        company = people.found(password=password, at=at)
        measured = figures.measured(calendar)
        return House(calendar, company, measured, figures.define(company, measured, at=at))

    def _live(self, house: House) -> None:
        self.stdout.write(f"  sixteen months, {len(STORIES)} stories, {len(ADVICE)} recommendations")
        outside = figures.outside(house.calendar, house.company)
        arriving = figures.arriving(figures.Deliveries(house.calendar, house.company, house.measured, house.kpis))
        clockwork = (judged(), *(watched_by(house, key, *when) for key, when in SPONSORS.items()))
        posted = (advised(house, number, advice) for number, advice in enumerate(ADVICE, start=1))
        play(house.calendar, [arriving, outside, *clockwork, *(story(house) for story in STORIES), *posted])
