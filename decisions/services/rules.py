"""Acts on domains and rules: one person writes them, another puts them in force."""

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.db import transaction

from decisions import rules, standard, words
from decisions.models import BackTest, Domain, RuleSet, RuleSetVersion
from decisions.models.checks import loosened
from decisions.models.files import read_file
from decisions.rules import Fault, HitPolicy, analysis
from decisions.rules.backtest import LEAST_CASES
from initiatives.lifecycle import ENDED
from initiatives.models import Initiative
from metrics.catalogue import CATALOGUE
from ownership import canonical, policy
from ownership.models import Event, Organisation, Seat, User
from ownership.policy import Role, SeatKind
from ownership.refusals import Incomplete, NotNow, NotYours, Stale
from ownership.refusals import gettext_noop as _

FRESH: Final = timedelta(days=7)  # how old a back-test may be
REVIEW_DAYS: Final = {"floor": 184, "table": 184, "exception": 30}  # six months; an exception is one of weeks


class RulesWrong(Incomplete):
    """A table that cannot be used as it is; `items` has every fault with its row and field."""

    slug, title = "rules-wrong", _("These rules cannot be used as they are")

    def __init__(self, faults: list[Fault]) -> None:
        said = _("%(count)s places need attention.")
        super().__init__(said, field="table", items=words.faults(faults), count=len(faults))


class Unproven(NotNow):
    """Nobody has looked at what more say for the AI would have done."""

    slug, title = "unproven", _("This gives the AI more say, and was not tried")


@transaction.atomic
def open_domain(*, key: str, decider: Seat, by: User, at: datetime, reason: str) -> Domain:
    """Let AI tools give input on a kind of decision, one of those that Mandate knows from the start."""
    policy.require_role(by.role, Role.LEAD, Role.ADMIN)
    known = {domain.key: domain for domain in standard.DOMAINS}
    if key not in known:
        raise Incomplete(_("There is no such domain. Known: %(known)s."), field="key", known=", ".join(known))
    if decider.kind != SeatKind.DECIDER:
        raise Incomplete(_("A domain is decided in a decider's seat."), field="decider")
    if Domain.objects.filter(key=key).exists():
        raise NotNow(_("This domain is open already."), field="key")
    domain = Domain.objects.create(
        key=key,
        name=known[key].name,
        fact_schema=known[key].facts,
        decider=decider,
        is_strategic=known[key].is_strategic,
        reason_codes=standard.REASON_CODES,
    )
    Event.objects.record("domain.opened", about=domain, by=by, at=at, reason=reason, after={"decider": decider.pk})
    return domain


@transaction.atomic
def draft_rules(
    *,
    layer: str,
    domain: Domain | None = None,
    initiative: Initiative | None = None,
    by: User,
    at: datetime,
    reason: str,
) -> RuleSetVersion:
    """A new draft: a copy of what is in force, else of the rules that the domain starts with. One draft at a time."""
    policy.require_writer(by.role)
    if layer == "floor":
        policy.require_role(by.role, Role.LEAD, Role.ADMIN)
        domain = initiative = None
    elif domain is None or initiative is None:
        raise Incomplete(_("Rules belong to a domain and an initiative."), field="initiative" if domain else "domain")
    elif initiative.state in ENDED:
        raise NotNow(_("%(ref)s has ended; it needs no rules."), ref=initiative.ref)
    name = str(domain.name if domain else _("Floor"))
    rule_set, _new = RuleSet.objects.get_or_create(
        layer=layer, domain=domain, initiative=initiative, defaults={"name": name}
    )
    rule_set = RuleSet.objects.select_for_update(of=["self"]).get(pk=rule_set.pk)
    if rule_set.versions.filter(state__in=["draft", "in_review"]).exists():
        raise NotNow(_("A draft is being worked on. Finish that one first."))
    content = _start(rule_set)
    version = rule_set.versions.create(
        number=rule_set.next_number(),
        hit_policy=content["hit_policy"],
        table=content["rows"],
        sha256=canonical.sha256(content),
        author=by,
        created_at=at,
    )
    Event.objects.record("rules.drafted", about=version, by=by, at=at, reason=reason, after={"sha256": version.sha256})
    return version


@transaction.atomic
def edit_rules(
    *,
    version: RuleSetVersion,
    hit_policy: str,
    table: list[Any],
    review_by: date | None,
    is_shadow: bool,
    by: User,
    at: datetime,
    reason: str,
    expected_version: int,
) -> RuleSetVersion:
    """Change a draft. Only its author does: whoever wrote a line may not publish it."""
    _require_author(version, by)
    _require_state(version, "draft")
    text = {"hit_policy": hit_policy, "table": table, "review_by": review_by, "is_shadow": is_shadow}
    before, after = _rewrite(version, text, expected_version)
    Event.objects.record("rules.edited", about=version, by=by, at=at, reason=reason, before=before, after=after)
    return version


@transaction.atomic
def take_file(
    *, version: RuleSetVersion, data: bytes, by: User, at: datetime, reason: str, expected_version: int
) -> RuleSetVersion:
    """Replace the rows of a draft by those of a file: DMN, XLSX or CSV. All or nothing."""
    _require_author(version, by)
    _require_state(version, "draft")
    try:
        content = read_file(data, version)
    except rules.Wrong as wrong:
        raise RulesWrong(wrong.faults) from wrong
    text = {"hit_policy": content["hit_policy"], "table": content["rows"]}
    before, after = _rewrite(version, text, expected_version)
    after["file_sha256"] = sha256(data).hexdigest()
    Event.objects.record("rules.edited", about=version, by=by, at=at, reason=reason, before=before, after=after)
    return version


@transaction.atomic
def submit_rules(
    *, version: RuleSetVersion, by: User, at: datetime, reason: str, expected_version: int
) -> RuleSetVersion:
    """Ask for publication. Everything that can be wrong is named now, not to the one who signs."""
    _require_author(version, by)
    _require_state(version, "draft")
    _require_publishable(version, at)
    version.change(expected_version=expected_version, state="in_review")
    Event.objects.record("rules.submitted", about=version, by=by, at=at, reason=reason)
    return version


@transaction.atomic
def return_rules(
    *, version: RuleSetVersion, by: User, at: datetime, reason: str, expected_version: int
) -> RuleSetVersion:
    """Send submitted rules back to their author, who may also take them back."""
    if by != version.author:
        _require_publisher(version, by)
    _require_state(version, "in_review")
    version.change(expected_version=expected_version, state="draft")
    Event.objects.record("rules.returned", about=version, by=by, at=at, reason=reason)
    return version


@transaction.atomic
def publish_rules(
    *, version: RuleSetVersion, by: User, at: datetime, reason: str, expected_version: int, seen_sha256: str
) -> RuleSetVersion:
    """Put rules in force: exactly the text that was shown. What was in force before retires in the same moment."""
    _require_publisher(version, by)
    _require_state(version, "in_review")
    if seen_sha256 != version.sha256:
        raise Stale(_("These are not the rules that you were shown. Open them again."), code="other_rules")
    _require_publishable(version, at)
    rule_set = RuleSet.objects.select_for_update(of=["self"]).get(pk=version.rule_set_id)
    former = rule_set.current()
    _require_proven(version, at)
    if former:
        former.change(expected_version=former.version, state="retired")
    version.change(expected_version=expected_version, state="published", publisher=by, published_at=at)
    Event.objects.record(
        "rules.published",
        about=version,
        by=by,
        at=at,
        reason=reason,
        before={"version": former.pk if former else None},
        after={"version": version.pk, "sha256": version.sha256, "is_shadow": version.is_shadow},
    )
    return version


@transaction.atomic
def retire_rules(
    *, version: RuleSetVersion, by: User, at: datetime, reason: str, expected_version: int
) -> RuleSetVersion:
    """Take rules out of force: what remains is the floor and the domain's default."""
    _require_publisher(version, by)
    _require_state(version, "published")
    version.change(expected_version=expected_version, state="retired")
    Event.objects.record("rules.retired", about=version, by=by, at=at, reason=reason)
    return version


def _start(rule_set: RuleSet) -> dict[str, Any]:
    if current := rule_set.current():
        return current.content()
    if rule_set.layer == "floor":
        return standard.FLOOR
    if rule_set.layer == "exception":
        return {"hit_policy": HitPolicy.RESTRICTIVE.value, "rows": []}
    return next(domain.rules for domain in standard.DOMAINS if rule_set.domain and domain.key == rule_set.domain.key)


def _require_author(version: RuleSetVersion, by: User) -> None:
    if by != version.author:
        raise NotYours(_("%(name)s writes this draft."), code="not_author", name=version.author.name)


def _require_state(version: RuleSetVersion, state: str) -> None:
    if version.state != state:
        raise NotNow(_("Version %(number)s is %(state)s."), number=version.number, state=version.state)


def _require_publisher(version: RuleSetVersion, by: User) -> None:
    """The floor is signed by a portfolio lead, an initiative's rules by its sponsor; never by their author."""
    initiative = version.rule_set.initiative
    if initiative is None:
        policy.require_role(by.role, Role.LEAD)
    else:
        holder = initiative.sponsor.holder_id if initiative.sponsor else None
        policy.require_holder(by.pk, holder, seat=SeatKind.SPONSOR)
    if by == version.author:
        raise NotYours(_("You wrote these rules, so somebody else must publish them."), code="author")


def _rewrite(version: RuleSetVersion, text: dict[str, Any], expected_version: int) -> tuple[dict[str, str], ...]:
    """The fingerprints before and after."""
    before = version.sha256
    for name, value in text.items():
        setattr(version, name, value)
    _checked(version)
    version.change(expected_version=expected_version, **text, sha256=version.content_sha256())
    return {"sha256": before}, {"sha256": version.sha256}


def _checked(version: RuleSetVersion) -> rules.Table:
    try:
        return version.read()
    except rules.Wrong as wrong:
        raise RulesWrong(wrong.faults) from wrong


def publish_faults(version: RuleSetVersion, at: datetime) -> list[Fault]:
    """What a published version may not have, beyond being a table at all."""
    table = _checked(version)
    found = [
        *_review_faults(version, at),
        *_use_faults(table, stops=version.rule_set.layer == "exception"),
        *_name_faults(version, table),
    ]
    return found + (_floor_faults(version, table) if version.rule_set.layer == "floor" else [])


def _require_publishable(version: RuleSetVersion, at: datetime) -> None:
    if found := publish_faults(version, at):
        raise RulesWrong(found)


def is_the_standard_start(version: RuleSetVersion) -> bool:
    """The rules that a domain starts with, word for word and for the first time: there is nothing to try them on."""
    is_first = not version.rule_set.versions.filter(state__in=["published", "retired"]).exists()
    return is_first and version.sha256 == canonical.sha256(_start(version.rule_set))


def _require_proven(version: RuleSetVersion, at: datetime) -> None:
    """What gives the AI more say was tried lately on enough of what is recorded."""
    if is_the_standard_start(version):
        return
    found = loosened(version, on=Organisation.the().day(at))
    if found and not BackTest.objects.of(version).proving(since=at - FRESH).exists():
        said = _(
            "In %(count)s kinds of case these rules give the AI more say than now. Back-test them on at least "
            "%(cases)s cases, within the last %(days)s days, or publish them in shadow."
        )
        raise Unproven(said, count=len(found), cases=LEAST_CASES, days=FRESH.days)


def _review_faults(version: RuleSetVersion, at: datetime) -> list[Fault]:
    today, most = at.astimezone(Organisation.the().tz).date(), REVIEW_DAYS[version.rule_set.layer]
    if version.review_by is None:
        return [Fault("review_missing", "review_by")]
    if version.review_by < today:
        return [Fault("review_past", "review_by")]
    late = (version.review_by - today).days > most
    return [Fault("review_too_late", "review_by", params={"days": most})] if late else []


def _use_faults(table: rules.Table, *, stops: bool) -> list[Fault]:
    """A row without use misleads whoever reads it; under `unique` two rows never meet."""
    found = []
    for finding in analysis.findings(table, stops=stops):
        if finding.code == "unreachable":
            found.append(Fault("unreachable", "when", finding.rows[0]))
        elif finding.code in ("overlap", "conflict") and table.policy is HitPolicy.UNIQUE:
            found.append(Fault("overlapping", "when", finding.rows[0], {"other": finding.rows[1]}))
    return found


def _name_faults(version: RuleSetVersion, table: rules.Table) -> list[Fault]:
    """Seats and KPIs that rows name must exist; the floor names the seats of no initiative."""
    found = []
    for row in table.rows:
        unknown = [kpi for kpi in row.then.guardrails if kpi not in CATALOGUE]
        found += [Fault("no_such_kpi", "then.guardrails", row.code, {"kpi": kpi}) for kpi in unknown]
        for field, title in (("decider", row.then.decider), ("second", row.then.second)):
            if title and version.rule_set.seat(title) is None:
                found.append(Fault("no_such_seat", f"then.{field}", row.code))
    return found


def _floor_faults(version: RuleSetVersion, table: rules.Table) -> list[Fault]:
    """Only ever stricter; and every domain that a row covers must know what the row asks."""
    base = rules.read_table(standard.FLOOR, version.rule_set.schema())
    found = analysis.floor_faults(table, base)
    for domain in Domain.objects.order_by("pk"):
        schema = domain.schema()
        for row in table.rows:
            cells = {cell.fact.name: cell for cell in row.when}
            is_covered = "domain" not in cells or domain.key in (cells["domain"].members or ())
            for name in sorted(set(cells) - set(schema)) if is_covered else ():
                found.append(Fault("floor_fact_undeclared", f"when.{name}", row.code, {"domain": domain.name}))
    return found
