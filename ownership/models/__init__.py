"""Who answers: people, units, seats, tokens and the ledger."""

from ownership.models.due import Due, DueQuerySet, LeaseLost, any_of
from ownership.models.governed import AppendOnly, Governed, copy_in
from ownership.models.ledger import Act, Event, EventText, Stream
from ownership.models.people import Organisation, Unit, User
from ownership.models.seats import Appointment, Seat
from ownership.models.secrets import Secret
from ownership.models.tokens import IdempotencyKey, Token

__all__ = [
    "Act",
    "AppendOnly",
    "Appointment",
    "Due",
    "DueQuerySet",
    "Event",
    "EventText",
    "Governed",
    "IdempotencyKey",
    "LeaseLost",
    "Organisation",
    "Seat",
    "Secret",
    "Stream",
    "Token",
    "Unit",
    "User",
    "any_of",
    "copy_in",
]
