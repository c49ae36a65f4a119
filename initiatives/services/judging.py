"""The judge's act: verdicts for what is due, and the flags that the facts raise, change, climb and close.

Nobody acts here but the clock, so every event has no actor. Who holds the lease of a watch writes; every change is
compare-and-set besides, so any number of workers makes one verdict, one flip, one flag and one event of each.
"""

import gc
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from initiatives import flags, guardrails, stop_conditions
from initiatives.exhibits import exhibits
from initiatives.flags import FlagKind
from initiatives.lifecycle import LIVE
from initiatives.models import Flag, Flip, Parameters, Target, Verdict, Watch
from initiatives.models.reading import read_watched
from initiatives.models.signs import Signs
from initiatives.models.watched import Ruling, Told, Watched
from initiatives.pilot_weeks import PilotWeek, judge_in_turn
from initiatives.stories import guard
from initiatives.verdicts import VERSION, Badge, Words
from ownership.models import Act, Event, Organisation

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
    with _no_search_for_cycles():
        _judge(watches, at)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """A claim makes a million objects and no cycles; to look for some again and again took a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _judge(watches: Sequence[Watch], at: datetime) -> None:
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
    """All weeks of all targets in one batch, and all guardrails in another, by initiative and target."""
    rows = [(initiative, target, weeks) for initiative, of in asked.items() for target, weeks in of.items()]
    fences = [row for row in rows if row[2][-1].margin is not None]
    targets = [row for row in rows if row[2][-1].margin is None]
    answers = judge_in_turn([weeks for _, _, weeks in targets], parameters.pure())
    held = guardrails.judge([weeks[-1] for _, _, weeks in fences])
    told: dict[int, dict[int, Told]] = {initiative: {} for initiative in asked}
    for (initiative, target, _), answer in zip(targets, answers, strict=True):
        told[initiative][target] = answer
    for (initiative, target, weeks), verdict in zip(fences, held, strict=True):
        told[initiative][target] = [(weeks[-1], verdict)]
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
    Event.objects.record_each([*_pronounce(mine, parameters, at=at), *_raise_and_close(mine, at=at)], by=None, at=at)


def _pronounce(judged: Iterable[Judged], parameters: Parameters, *, at: datetime) -> list[Act]:
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
    fences = [verdict for verdict in made if verdict.is_on_guardrail_weeks]
    of_fences = Parameters.objects.stored(guard.GUARD, at=at) if fences else None
    for verdict in made:
        verdict.parameters = of_fences if verdict.is_on_guardrail_weeks else parameters if verdict.stories else None
    Verdict.objects.store(made)
    turned = Target.objects.turn_to([*newest.values()], seen={pk: row.verdict_id for pk, row in targets.items()})
    flips = [
        Flip(target=targets[pk], verdict=newest[pk], old=targets[pk].status, new=newest[pk].status, at=at)
        for pk in sorted(turned)
        if newest[pk].status != targets[pk].status
    ]
    Flip.objects.bulk_create(flips)
    return [
        Act("verdict.flipped", flip.target, {"status": flip.old}, {"status": flip.new, "verdict": flip.verdict_id})
        for flip in flips
    ]


def _verdict(row: Judged, ruling: Ruling, *, is_current: bool, at: datetime) -> Verdict | None:
    """A new row, unless the newest says the same of the same week on the same inputs."""
    target, said = ruling.target, ruling.said
    earlier = row.watched.earlier.get(target.pk, [])
    same_week = next((said for said in earlier if said.week == ruling.week), None)
    is_main = is_current and target == row.watched.main
    money = row.money if is_main else {}
    stops = [stop_conditions.plain(*found) for found in row.signs.stops] if is_main else []
    facts = (ruling.sha256, said.status, money, stops)
    if same_week and same_week.facts == facts:
        return None
    pays_not = is_main and flags.is_doubtful(row.signs.chances)
    return Verdict.saying(
        replace(said, badges=(*said.badges, Badge.ROI_NEGATIVE)) if pays_not else said,
        target=target,
        week=ruling.week,
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


@dataclass(frozen=True)
class News:
    """What becomes of flags, to be written and told at once."""

    at: datetime
    opened: list[Flag] = field(default_factory=list)
    changed: list[Flag] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    def change(self, action: str, flag: Flag, *, before: dict[str, Any], after: Sequence[str] = (), **to: Any) -> None:
        """Another content of a flag, told by its action, the figures before, and the names of those after."""
        for name, value in to.items():
            setattr(flag, name, value)
        self.changed.append(flag)
        told = {name.removesuffix("_id"): getattr(flag, name) for name in after}
        self.acts.append(Act(action, flag, before, told or None))


def _raise_and_close(judged: Sequence[Judged], *, at: datetime) -> list[Act]:
    """Bring the open flags to what was found."""
    is_open, news = Flag.objects.open_of([row.watched.initiative for row in judged]), News(at)
    for row in judged:
        _compare(row, is_open[row.watched.initiative.pk], news)
    Flag.objects.rewrite(news.changed)
    for flag in Flag.objects.open_each(news.opened):
        after = {"kind": flag.kind, "severity": flag.severity, "addressee": flag.addressee_id, "due_on": flag.due_on}
        news.acts.append(Act("flag.raised", flag, after=after))
    return news.acts


def _compare(row: Judged, open_flags: list[Flag], news: News) -> None:
    on = row.watched.organisation.day(news.at)
    others = flags.FOUND_ELSEWHERE if row.watched.state in LIVE else frozenset()
    for flag in open_flags:
        if flag.kind in others and _is_silent(flag, on):
            _climb(row, flag, news, on=on, due_days=flags.RULES[FlagKind(flag.kind)].due_days)
    is_open = {(FlagKind(flag.kind), flag.subject): flag for flag in open_flags if flag.kind not in others}
    found = {finding.key: finding for finding in row.findings}
    opened, closed = flags.changes(set(is_open), row.findings)
    news.opened.extend(_flag(row, finding, on=on, at=news.at) for finding in opened)
    for key in closed:
        news.change("flag.closed", is_open[key], before={"kind": is_open[key].kind}, closed_at=news.at)
    for key in is_open.keys() & found.keys():
        _keep(row, is_open[key], found[key], news, on=on)


def _flag(row: Judged, finding: flags.Finding, *, on: date, at: datetime) -> Flag:
    return Flag(
        initiative=row.watched.initiative,
        kind=finding.kind,
        subject=finding.subject,
        factor=finding.factor,
        addressee=row.watched.asked(finding.kind, rung=0, subject=finding.subject),
        opened_at=at,
        due_on=on + timedelta(days=finding.due_days),
        **_said(row, finding),
    )


def _keep(row: Judged, flag: Flag, finding: flags.Finding, news: News, *, on: date) -> None:
    """One flag while its ground stays: it says what is true now, gets louder, and climbs when nobody answers."""
    is_louder = flag.severity != finding.severity or flag.words.get("code") != finding.words.code
    if _is_silent(flag, on):
        _climb(row, flag, news, on=on, due_days=finding.due_days, **_said(row, finding))
    elif is_louder:
        before = {"severity": flag.severity, "rung": flag.rung}
        due_on = min(flag.due_on, on + timedelta(days=finding.due_days))
        told = ("severity", "due_on")
        news.change("flag.changed", flag, before=before, after=told, due_on=due_on, **_said(row, finding))


def _is_silent(flag: Flag, on: date) -> bool:
    """Nobody answered in time, or what was answered has had its time."""
    return on > max(flag.due_on, flag.acknowledged_until or flag.due_on)


def _climb(row: Judged, flag: Flag, news: News, *, on: date, due_days: int, **said: Any) -> None:
    """Up a rung, with as many days as before."""
    before, rung = {"severity": flag.severity, "rung": flag.rung}, flag.rung + 1
    addressee = row.watched.asked(FlagKind(flag.kind), rung=rung, subject=flag.subject)
    said |= {"rung": rung, "addressee": addressee, "due_on": on + timedelta(days=due_days)}
    news.change("flag.climbed", flag, before=before, after=("rung", "addressee_id", "due_on"), **said)


def _said(row: Judged, finding: flags.Finding) -> dict[str, Any]:
    scene = row.signs.scene(finding)
    return {
        "severity": finding.severity,
        "words": _stored(finding.words, kpi=scene.kpi),
        "evidence": [_stored(fact) for fact in exhibits(finding.kind, scene)],
    }
