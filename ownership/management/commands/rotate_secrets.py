"""`manage.py rotate_secrets`: encrypt every stored secret under the newest key, so that older keys can be dropped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ownership.models import Secret
from ownership.models.secrets import Unreadable


class Command(BaseCommand):
    help = "Encrypt every stored secret anew under the first of MANDATE_SECRET_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            number = Secret.objects.rotate()
        except Unreadable as lost:
            raise CommandError(f"{lost} Put that key back at the end of the list. Nothing was changed.") from lost
        self.stdout.write(f"{number} secrets are under the newest key.")
