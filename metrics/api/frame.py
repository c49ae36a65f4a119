"""What the endpoints about figures share."""

from datetime import date
from typing import Any

from rest_framework import serializers

from ownership import clock
from ownership.models import Organisation

LARGEST_ID = 2**63 - 1


def today() -> date:
    """The organisation's local day."""
    return clock.today(Organisation.the().zone)


def an_id(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, **options)
