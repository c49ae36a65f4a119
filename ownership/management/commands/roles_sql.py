"""`manage.py roles_sql`: the same roles and grants as text, for a DBA who runs them by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ownership import roles
from ownership.management.commands.grant import statements


class Command(BaseCommand):
    help = "Print the SQL that makes roles and database, and the grants to run after each migration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default="mandate", help="the name of the database to make")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("-- 1. Once, as superuser; then give the roles their passwords.")
        self.stdout.write(roles.create_roles())
        self.stdout.write(roles.create_database(options["database"]))
        self.stdout.write(f"-- 2. After each migration, in that database, as {roles.OWNER}.")
        self.stdout.write("\n".join(statements()))
