"""manage.py verify_ledger: recompute every chain. Exit 0 clean, 1 tampered with, 2 could not tell."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from ownership.models import Event


class Command(BaseCommand):
    help = "Check that nobody changed, removed or inserted an event. Exit 0 clean, 1 tampered with, 2 could not tell."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checked, faults = Event.objects.verify()
        except DatabaseError as error:
            self.stderr.write(f"Could not tell: {error}")
            sys.exit(2)
        for fault in faults:
            self.stdout.write(fault)
        self.stdout.write(f"{checked} events checked, {len(faults)} faults.")
        if faults:
            sys.exit(1)
