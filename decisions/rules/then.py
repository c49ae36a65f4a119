"""The right-hand side of a rule: an authority, the sentence that justifies it, and the duties that come with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from decisions.rules.authority import Authority
from decisions.rules.faults import Faults
from decisions.rules.schema import NAME

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # no file of rules could hold them
CAPS: Final = ("changes_per_day", "changes_per_week", "pages_per_day", "pages_per_week", "revenue_share")
_KEYS: Final = (
    *("authority", "because", "decider", "second", "sla", "on_timeout", "sample", "revert", "caps", "canary"),
    *("guardrails", "evidence", "review_by"),
)


class Timeout(StrEnum):
    """What happens when nobody answers in time. No value approves."""

    ESCALATE = "escalate"
    REJECT = "reject"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Then:
    """What a row answers, and the duties that come with it. Days and shares as numbers."""

    authority: Authority
    because: str
    decider: str = ""
    second: str = ""
    sla_days: int | None = None
    on_timeout: Timeout | None = None
    sample: float | None = None
    revert_days: int | None = None
    caps: Mapping[str, float] = field(default_factory=dict)
    canary_share: float | None = None
    canary_days: int | None = None
    guardrails: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    review_by: date | None = None


def read_then(raw: Any, review_by: date | None, faults: Faults) -> Then | None:
    """The right-hand side of a row, or None and its faults. `review_by` is the last day of the version."""
    if not isinstance(raw, Mapping):
        faults.add("not_an_object", "then")
        return None
    for key in sorted(set(raw) - set(_KEYS)):
        faults.add("unknown_key", f"then.{key}", known=list(_KEYS))
    read = _Then(raw, faults)
    authority = read.authority()
    canary_share, canary_days = read.canary()
    then = Then(
        authority=authority,
        because=read.text("because", most=300),
        decider=read.text("decider", most=80),
        second=read.text("second", most=80),
        sla_days=read.days("sla"),
        on_timeout=read.timeout(),
        sample=read.share("sample", raw.get("sample")),
        revert_days=read.days("revert"),
        caps=read.caps(),
        canary_share=canary_share,
        canary_days=canary_days,
        guardrails=read.names("guardrails"),
        evidence=read.names("evidence"),
        review_by=read.review_by(review_by),
    )
    if not faults.found:
        _fits(then, faults)
    return None if faults.found else then


def _fits(then: Then, faults: Faults) -> None:
    """Each duty belongs to certain levels: demanded there, refused elsewhere (a duty that can never bind misleads)."""
    level = then.authority
    sampled, experiment = level is Authority.AI_SAMPLED, level is Authority.EXPERIMENT
    rules = [
        ("because", bool(then.because), True, True),
        ("second", bool(then.second), level is Authority.TWO_PERSON, level is Authority.TWO_PERSON),
        ("sample", then.sample is not None, sampled, sampled),
        ("revert", then.revert_days is not None, level in (Authority.AI_SAMPLED, Authority.AI_NOTIFY), level.is_ai),
        ("caps", bool(then.caps), False, level.is_ai),
        ("canary", then.canary_share is not None, experiment, experiment),
        ("guardrails", bool(then.guardrails), experiment, True),
    ]
    for name, is_given, is_needed, is_allowed in rules:
        if is_needed and not is_given:
            faults.add("needed", f"then.{name}", authority=level.key)
        if is_given and not is_allowed:
            faults.add("not_for_authority", f"then.{name}", authority=level.key)
    if then.second and then.second == then.decider:
        faults.add("same_seat", "then.second")


class _Then:
    """Reads the parts of `then`, one method per kind of value."""

    def __init__(self, raw: Mapping[str, Any], faults: Faults) -> None:
        self.raw = raw
        self.faults = faults

    def authority(self) -> Authority:
        key = self.raw.get("authority")
        try:
            return Authority.of(key)  # type: ignore[arg-type]  # whatever the JSON held: anything else is no key
        except (KeyError, TypeError):
            self.faults.add("not_a_value", "then.authority", values=[level.key for level in Authority])
            return Authority.BLOCK

    def text(self, name: str, *, most: int) -> str:
        text = self.raw.get(name, "")
        if not isinstance(text, str) or len(text) > most or text != text.strip() or CONTROL.search(text):
            self.faults.add("not_a_sentence", f"then.{name}", most=most)
            return ""
        return text

    def days(self, name: str, raw: Any = None, where: str = "") -> int | None:
        raw = self.raw.get(name) if raw is None else raw
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= 366:
            self.faults.add("not_days", where or f"then.{name}")
            return None
        return raw

    def share(self, name: str, raw: Any) -> float | None:
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw <= 1:
            self.faults.add("not_a_share", f"then.{name}")
            return None
        return float(raw)

    def timeout(self) -> Timeout | None:
        raw = self.raw.get("on_timeout")
        if raw is None or raw in list(Timeout):
            return Timeout(raw) if raw else None
        self.faults.add("not_a_value", "then.on_timeout", values=list(Timeout))
        return None

    def caps(self) -> dict[str, float]:
        raw = self.raw.get("caps", {})
        if not isinstance(raw, Mapping):
            self.faults.add("not_an_object", "then.caps")
            return {}
        caps: dict[str, float] = {}
        for name, most in raw.items():
            if name not in CAPS:
                self.faults.add("unknown_key", f"then.caps.{name}", known=list(CAPS))
            elif name == "revenue_share":
                caps[name] = self.share("caps.revenue_share", most) or 0
            elif isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= 1_000_000:
                self.faults.add("not_a_count", f"then.caps.{name}")
            else:
                caps[name] = most
        return caps

    def canary(self) -> tuple[float | None, int | None]:
        raw = self.raw.get("canary")
        if raw is None:
            return None, None
        if not isinstance(raw, Mapping) or set(raw) != {"share", "days"}:
            self.faults.add("not_a_canary", "then.canary")
            return None, None
        return self.share("canary.share", raw["share"]), self.days("", raw["days"], "then.canary.days")

    def names(self, name: str) -> tuple[str, ...]:
        raw = self.raw.get(name, [])
        if not isinstance(raw, list) or not all(isinstance(item, str) and NAME.fullmatch(item) for item in raw):
            self.faults.add("not_names", f"then.{name}")
            return ()
        return tuple(dict.fromkeys(raw))

    def review_by(self, latest: date | None) -> date | None:
        raw = self.raw.get("review_by")
        if raw is None:
            return None
        try:
            on = date.fromisoformat(raw)
        except (TypeError, ValueError):
            self.faults.add("not_a_date", "then.review_by")
            return None
        if latest and on > latest:
            self.faults.add("after_version", "then.review_by", latest=latest.isoformat())
        return on
