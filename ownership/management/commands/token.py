"""manage.py token EMAIL --scope read --scope write --days 30: print a new token once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ownership import clock, services
from ownership.models import User
from ownership.policy import Scope
from ownership.refusals import Refusal


class Command(BaseCommand):
    help = "Make a personal token for the API and print it. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--scope", action="append", choices=[scope.value for scope in Scope], default=None)
        parser.add_argument("--days", type=int, default=30, help="1 to 365; with the scope decide: 1")
        parser.add_argument("--name", default="made by command")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody active has the address {options['email']}.")
        scopes = [Scope(scope) for scope in options["scope"] or ["read"]]
        try:
            _token, text = services.issue_token(
                user=user, name=options["name"], scopes=scopes, days=options["days"], by=user, at=clock.now()
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(text)
