"""The judge's act: verdicts for what is due, and the flags that the facts raise, change, climb and close.

Nobody acts here but the clock, so every event has no actor. Who holds the lease of a watch writes; every change is
compare-and-set besides, so any number of workers makes one verdict, one flip, one flag and one event of each.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from initiatives import flags, stop_conditions
from initiatives.exhibits import exhibits
from initiatives.flags import FlagKind
from initiatives.lifecycle import LIVE
from initiatives.models import Flag, Flip, Parameters, Target, Verdict, Watch
from initiatives.models.reading import read_watched
from initiatives.models.signs import Signs
from initiatives.models.watched import Ruling, Told, Watched
from initiatives.pilot_weeks import PilotWeek, judge_in_turn
from initiatives.verdicts import VERSION, Badge, Words
from ownership.models import Event, Organisation

log = logging.getLogger("mandate")
EARLY = time(5)  # local hour of the daily look: before people come to work


@dataclass(frozen=True)
class Judged:
    """One initiative after judgement, before anything is written."""

    watched: Watched
    rulings: list[Ruling]
    money: dict[str, Any]
    signs: Signs
    findings: list[flags.Finding]


def judge(*, watches: Sequence[Watch], at: datetime) -> None:
    """Judge what was claimed. What cannot be judged is reported on its own row; the rest goes on."""
    on = Organisation.the().day(at)
    watched = read_watched([watch.initiative_id for watch in watches], at=at)
    asked: dict[int, dict[int, list[PilotWeek]]] = {}
    judged: list[Judged] = []
    done: list[Watch] = []
    for watch in watches:
        with _alone(watch, at):
            asked[watch.initiative_id] = watched[watch.initiative_id].pilot_weeks(on)
    parameters = Parameters.objects.current(at=at)
    told = _told(asked, parameters)
    for watch in watches:
        if watch.initiative_id in asked:
            with _alone(watch, at):
                judged.append(_judged(watched[watch.initiative_id], told[watch.initiative_id], at))
                done.append(watch)
    _write(judged, done, parameters, at=at)


@contextmanager
def _alone(watch: Watch, at: datetime) -> Iterator[None]:
    """One that cannot be judged must not keep the others waiting."""
    try:
        yield
    except Exception as error:
        log.exception("%s could not be judged", watch)
        watch.fail(at=at, error=str(error))


def _told(asked: Mapping[int, Mapping[int, list[PilotWeek]]], parameters: Parameters) -> dict[int, dict[int, Told]]:
    """All weeks of all targets in one batch, by initiative and target."""
    rows = [(initiative, target, weeks) for initiative, of in asked.items() for target, weeks in of.items()]
    answers = judge_in_turn([weeks for _, _, weeks in rows], parameters.pure())
    told: dict[int, dict[int, Told]] = {initiative: {} for initiative in asked}
    for (initiative, target, _), answer in zip(rows, answers, strict=True):
        told[initiative][target] = answer
    return told


def _judged(watched: Watched, told: Mapping[int, Told], at: datetime) -> Judged:
    on = watched.organisation.day(at)
    rulings = watched.rulings(on, told)
    money = watched.money(rulings, on)
    signs = Signs(watched, rulings, money, on)
    return Judged(watched, rulings, money, signs, flags.findings(signs.facts()))


@transaction.atomic
def _write(judged: list[Judged], watches: list[Watch], parameters: Parameters, *, at: datetime) -> None:
    organisation = Organisation.the()
    alive = [w for w, row in zip(watches, judged, strict=True) if row.watched.state in LIVE]
    ended = [w for w, row in zip(watches, judged, strict=True) if row.watched.state not in LIVE]
    tomorrow = datetime.combine(organisation.day(at) + timedelta(days=1), EARLY, organisation.tz)
    held = Watch.objects.give_back(alive, at=at, next_due_at=tomorrow)
    held |= Watch.objects.give_back(ended, at=at, next_due_at=None)
    mine = [row for watch, row in zip(watches, judged, strict=True) if watch.pk in held]
    _pronounce(mine, parameters, at=at)
    is_open = Flag.objects.open_of([row.watched.initiative for row in mine])
    for row in mine:
        _raise_and_close(row, is_open[row.watched.initiative.pk], at=at)


def _pronounce(judged: Iterable[Judged], parameters: Parameters, *, at: datetime) -> None:
    """Store what is new, turn the targets to it, and tell of each status that changed."""
    made: list[Verdict] = []
    newest: dict[int, Verdict] = {}
    targets: dict[int, Target] = {}
    for row in judged:
        current = {ruling.target.pk: ruling for ruling in row.rulings}
        for ruling in row.rulings:
            if verdict := _verdict(row, ruling, is_current=current[ruling.target.pk] is ruling, at=at):
                made.append(verdict)
                newest[verdict.target_id], targets[verdict.target_id] = verdict, ruling.target
    for verdict in made:
        verdict.parameters = parameters if verdict.stories else None
    Verdict.objects.bulk_create(made)
    turned = Target.objects.turn_to([*newest.values()], seen={pk: row.verdict_id for pk, row in targets.items()})
    for pk in turned:
        target, verdict = targets[pk], newest[pk]
        if verdict.status != target.status:
            Flip.objects.create(target=target, verdict=verdict, old=target.status, new=verdict.status, at=at)
            before, after = {"status": target.status}, {"status": verdict.status, "verdict": verdict.pk}
            Event.objects.record("verdict.flipped", about=target, by=None, at=at, before=before, after=after)


def _verdict(row: Judged, ruling: Ruling, *, is_current: bool, at: datetime) -> Verdict | None:
    """A new row, unless the newest says the same of the same week on the same inputs."""
    target, said = ruling.target, ruling.said
    earlier = row.watched.earlier.get(target.pk, [])
    same_week = next((verdict for verdict in earlier if verdict.week == ruling.week), None)
    is_main = is_current and target == row.watched.main
    money = row.money if is_main else {}
    stops = [stop_conditions.plain(*found) for found in row.signs.stops] if is_main else []
    facts = (ruling.sha256, said.status, money, stops)
    if same_week and (same_week.inputs_sha256, same_week.status, same_week.money, same_week.stops) == facts:
        return None
    pays_not = is_main and flags.is_doubtful(row.signs.chances)
    return Verdict.saying(
        replace(said, badges=(*said.badges, Badge.ROI_NEGATIVE)) if pays_not else said,
        target=target,
        week=ruling.week,
        revision=same_week.revision + 1 if same_week else 1,
        words=_stored(said.words, kpi=target.kpi.name),
        money=money,
        stops=stops,
        inputs=ruling.inputs,
        inputs_sha256=ruling.sha256,
        code_version=VERSION,
        judged_at=at,
    )


def _stored(words: Words, **more: str) -> dict[str, Any]:
    return {"code": words.code, "parameters": more | words.parameters}


def _raise_and_close(row: Judged, open_flags: list[Flag], *, at: datetime) -> None:
    on = row.watched.organisation.day(at)
    others = flags.FOUND_ELSEWHERE if row.watched.state in LIVE else frozenset()
    for flag in open_flags:
        if flag.kind in others and _is_silent(flag, on):
            _climb(row, flag, on=on, at=at, due_days=flags.RULES[FlagKind(flag.kind)].due_days)
    is_open = {(FlagKind(flag.kind), flag.subject): flag for flag in open_flags if flag.kind not in others}
    found = {finding.key: finding for finding in row.findings}
    opened, closed = flags.changes(set(is_open), row.findings)
    for finding in opened:
        _open(row, finding, on=on, at=at)
    for key in closed:
        _close(is_open[key], at=at)
    for key in is_open.keys() & found.keys():
        _keep(row, is_open[key], found[key], on=on, at=at)


def _open(row: Judged, finding: flags.Finding, *, on: date, at: datetime) -> None:
    said = _said(row, finding)
    flag, is_new = Flag.objects.get_or_create(
        initiative=row.watched.initiative,
        kind=finding.kind,
        subject=finding.subject,
        closed_at=None,
        defaults=said
        | {
            "factor": finding.factor,
            "addressee": row.watched.asked(finding.kind, rung=0, subject=finding.subject),
            "opened_at": at,
            "due_on": on + timedelta(days=finding.due_days),
        },
    )
    if is_new:
        after = {"kind": flag.kind, "severity": flag.severity, "addressee": flag.addressee_id, "due_on": flag.due_on}
        Event.objects.record("flag.raised", about=flag, by=None, at=at, after=after)


def _close(flag: Flag, *, at: datetime) -> None:
    flag.change(expected_version=flag.version, closed_at=at)
    Event.objects.record("flag.closed", about=flag, by=None, at=at, before={"kind": flag.kind})


def _keep(row: Judged, flag: Flag, finding: flags.Finding, *, on: date, at: datetime) -> None:
    """One flag while its ground stays: it says what is true now, gets louder, and climbs when nobody answers."""
    said = _said(row, finding)
    is_louder = flag.severity != finding.severity or flag.words.get("code") != finding.words.code
    if _is_silent(flag, on):
        _climb(row, flag, on=on, at=at, due_days=finding.due_days, **said)
    elif is_louder:
        before = {"severity": flag.severity, "rung": flag.rung}
        due_on = min(flag.due_on, on + timedelta(days=finding.due_days))
        flag.change(expected_version=flag.version, due_on=due_on, **said)
        after = {"severity": flag.severity, "due_on": due_on}
        Event.objects.record("flag.changed", about=flag, by=None, at=at, before=before, after=after)


def _is_silent(flag: Flag, on: date) -> bool:
    """Nobody answered in time, or what was answered has had its time."""
    return on > max(flag.due_on, flag.acknowledged_until or flag.due_on)


def _climb(row: Judged, flag: Flag, *, on: date, at: datetime, due_days: int, **said: Any) -> None:
    """Up a rung, with as many days as before."""
    before, rung = {"severity": flag.severity, "rung": flag.rung}, flag.rung + 1
    addressee = row.watched.asked(FlagKind(flag.kind), rung=rung, subject=flag.subject)
    fields = {"rung": rung, "addressee": addressee, "due_on": on + timedelta(days=due_days)}
    flag.change(expected_version=flag.version, **fields, **said)
    after = {"rung": rung, "addressee": flag.addressee_id, "due_on": flag.due_on}
    Event.objects.record("flag.climbed", about=flag, by=None, at=at, before=before, after=after)


def _said(row: Judged, finding: flags.Finding) -> dict[str, Any]:
    scene = row.signs.scene(finding)
    return {
        "severity": finding.severity,
        "words": _stored(finding.words, kpi=scene.kpi),
        "evidence": [_stored(fact) for fact in exhibits(finding.kind, scene)],
    }
