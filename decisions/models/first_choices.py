"""What deciders would do, written down before they saw what the AI proposes."""

from __future__ import annotations

from django.db import models

from decisions.models.recommendations import Recommendation
from ownership.models import AppendOnly, User


class FirstChoice(AppendOnly):
    """One person's own choice about one recommendation. `text` is what they would make of it; "": leave it as it is."""

    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="first_choices")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("recommendation", "by", name="first_choice_is_made_once")]

    def __str__(self) -> str:
        return self.text
