"""What was said of pilots that have ended, what came of them, and what their stories teach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import ceil
from types import MappingProxyType

import numpy as np
from django.db.models import F

from initiatives import calibration, pilot_weeks, stories
from initiatives.calibration import Band, Statement
from initiatives.lifecycle import State
from initiatives.models.verdicts import Parameters, Publication, Verdict
from initiatives.stories import PARAMETERS
from ownership.models import User

PARTS: Mapping[str, float] = MappingProxyType({"half": 0.5, "three-quarters": 0.75})  # of the planned weeks


@dataclass(frozen=True)
class Record:
    """How right the judge was about the pilots that somebody may see."""

    statements: Sequence[Statement]  # on every KPI type
    stopped: int  # pilots that were ended before their time
    kpi_type: str = ""  # of which only these are looked at; "": all

    @cached_property
    def chosen(self) -> list[Statement]:
        return [said for said in self.statements if self.kpi_type in ("", said.kpi_type)]

    @cached_property
    def bands(self) -> list[Band]:
        return calibration.bands(self.chosen)

    @property
    def kpi_types(self) -> list[str]:
        return sorted({said.kpi_type for said in self.statements})


def read_record(user: User, *, part: str, kpi_type: str = "") -> Record:
    """Of every pilot that ended on its main KPI, the chance that was stated at this part of its time; three queries."""
    visible = Verdict.objects.visible_to(user)
    columns = ("target_id", "began_on", "week", "status", "target__kpi__type")
    ended = {(target, begun): more for target, begun, *more in visible.ended().values_list(*columns)}
    weeks = {pilot: ceil(PARTS[part] * length) for pilot, (length, _, _) in ended.items()}
    told = visible.filter(target__in={target for target, _ in ended}, week__in=set(weeks.values()))
    told = told.filter(p_reach__isnull=False).order_by("target_id", "began_on", "week", "-revision")
    statements = []
    for target, begun, week, chance in told.distinct("target_id", "began_on", "week").values_list(
        "target_id", "began_on", "week", "p_reach"
    ):
        if chance is not None and weeks.get((target, begun)) == week:
            _, status, kind = ended[target, begun]
            statements.append(Statement(kind, chance, came_true=status == "reached"))
    stopped = visible.filter(target__role="primary", target__initiative__state=State.STOPPED, p_reach__isnull=False)
    stopped = stopped.filter(target__verdict=F("pk")).exclude(status__in=["reached", "missed"])
    return Record(statements, stopped.count(), kpi_type)


@dataclass(frozen=True)
class Lesson:
    """What all ended pilots of the organisation teach about the stories: priors in the order of the shipped ones."""

    pilots: int
    in_force: Sequence[float]
    proposed: Sequence[float]
    last: Publication | None

    @property
    def is_enough(self) -> bool:
        return self.pilots >= calibration.LEAST_PILOTS

    @property
    def learned(self) -> stories.Parameters:
        """The shipped constants with the proposed priors."""
        return replace(PARAMETERS, learned=tuple(self.proposed))

    def days_left(self, at: datetime) -> int:
        """Until something may be learnt again."""
        if self.last is None or not self.last.parameters.pure().learned:
            return 0
        return max(0, calibration.LEAST_DAYS - (at - self.last.at).days)

    def by_story(self) -> list[tuple[str, float, float, float]]:
        """Name, and the priors shipped, in force and proposed."""
        columns = [pilot_weeks.by_name(priors) for priors in (_shares(PARAMETERS), self.in_force, self.proposed)]
        shipped, in_force, proposed = columns
        return [(name, shipped[name], in_force[name], proposed[name]) for name in shipped]


def read_lesson(*, at: datetime) -> Lesson:
    """Learnt from every pilot that ended, whoever may see it: what is shown of it names nobody."""
    ended = Verdict.objects.ended().values_list("stories", "parameters_id")
    versions = {row.pk: row.pure() for row in Parameters.objects.filter(pk__in={pk for _, pk in ended})}
    told = np.array([probabilities for probabilities, _ in ended]).reshape(-1, len(PARAMETERS.stories))
    used = np.array([_shares(versions[pk]) for _, pk in ended]).reshape(told.shape)
    proposed = calibration.reestimated(told, used, np.array(PARAMETERS.priors))
    in_force = Parameters.objects.current(at=at).pure()
    return Lesson(len(told), _shares(in_force), proposed.tolist(), Publication.objects.newest())


def _shares(parameters: stories.Parameters) -> list[float]:
    """The priors that forecasts are made with, so that they add up to 1."""
    priors = parameters.learned or parameters.priors
    return [prior / sum(priors) for prior in priors]
