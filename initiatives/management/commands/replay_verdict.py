"""manage.py replay_verdict V-12: make a stored verdict again from its stored inputs, and compare."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from initiatives.models import Verdict

DIFFERS, UNKNOWN, GONE = 1, 2, 3


class Command(BaseCommand):
    help = (
        "Make stored verdicts again from their stored inputs. Exit code 1: one differs, 2: there is no such verdict, "
        "3: one was made by a rule that is no longer computed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verdicts", nargs="+", help="numbers, as 12 or V-12")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [self._found(name) for name in options["verdicts"]]
        gone = [verdict.ref for verdict in found if verdict.is_of_old_arithmetic]
        differing = [verdict.ref for verdict in found if verdict.ref not in gone and not self._agrees(verdict)]
        if differing:
            raise CommandError(f"Not the same as stored: {', '.join(differing)}.", returncode=DIFFERS)
        if gone:
            said = f"Judged by arithmetic of version 3 or before, which is no longer computed: {', '.join(gone)}."
            raise CommandError(said, returncode=GONE)

    def _found(self, name: str) -> Verdict:
        number = name.upper().removeprefix("V-")
        found = (
            Verdict.objects.filter(pk=number).select_related("target__initiative", "parameters").first()
            if (number.isdecimal())
            else None
        )
        if found is None:
            raise CommandError(f"There is no verdict {name}.", returncode=UNKNOWN)
        return found

    def _agrees(self, verdict: Verdict) -> bool:
        differences = verdict.replay()
        for name, stored, again in differences:
            self.stdout.write(f"{verdict.ref} {name}: stored {stored}, again {again}")
        if not differences:
            self.stdout.write(f"{verdict.ref} agrees: {verdict.status}, week {verdict.week}.")
        return not differences
