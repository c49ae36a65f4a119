"""`manage.py grant`: what each role may do, applied after every migration as the owner."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connections, transaction

from ownership import roles
from ownership.models import AppendOnly

MIGRATIONS = "django_migrations"


def statements() -> list[str]:
    """The grants for the models of this installation. Only `migrate` itself writes the table of migrations."""
    models = [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]
    tables = sorted({model._meta.db_table for model in models})
    append_only = {model._meta.db_table for model in models if issubclass(model, AppendOnly)}
    return list(roles.grants([*tables, MIGRATIONS], append_only=append_only, read_only={MIGRATIONS}))


class Command(BaseCommand):
    help = "Give the application role its rights on the tables; run after migrate."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            for statement in statements():
                cursor.execute(statement)
