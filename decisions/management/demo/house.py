"""The acts of which every initiative's story is made, with the company and its figures at hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from decisions import standard
from decisions.management.demo.agenda import Calendar
from decisions.management.demo.answers import ANSWERS, HOUSE, VERIFIED, WITHOUT_HOUSE, Said
from decisions.management.demo.figures import Measured
from decisions.management.demo.people import Company
from decisions.management.demo.plans import GOALS, PLANS
from decisions.models import Domain, GateDecision
from decisions.models.cases import read_case
from decisions.services import gates, rules
from initiatives.lifecycle import Gate
from initiatives.models import Goal, Initiative
from initiatives.services import baselines, drafting, evidence, promises, scenarios
from initiatives.services.promises import Promise as Fields
from metrics.models import Kpi
from ownership import services
from ownership.models import Token, User
from ownership.policy import Scope

RATE: Final = Decimal(65)  # euros an hour of somebody of the house
TOKENS: Final = [("bi", "noor", [Scope.READ]), ("drafter", "eva", [Scope.RECOMMENDATIONS_WRITE])]
READING: Final = timedelta(minutes=20)  # between a request and what follows it on the same morning


@dataclass
class House:
    """Everything that the stories share."""

    calendar: Calendar
    company: Company
    measured: dict[str, Measured]
    kpis: dict[str, Kpi]
    goals: dict[str, Goal] = field(default_factory=dict)
    initiatives: dict[str, Initiative] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)  # the tokens' texts, by name

    def person(self, key: str) -> User:
        return self.company.people[key]

    def initiative(self, key: str) -> Initiative:
        """As it now stands."""
        found = self.initiatives[key]
        found.refresh_from_db()
        return found

    def set_goals(self, at: datetime) -> None:
        for key, statement, months, kpi in GOALS:
            self.goals[key] = drafting.set_goal(
                statement=statement,
                horizon_on=self.calendar.today + timedelta(days=30 * months),
                unit=self.company.marketing,
                kpi=self.kpis[kpi],
                by=self.person("marieke"),
                at=at,
                reason="Plan for the coming year",
            )

    def open_domains(self, at: datetime) -> None:
        """Every kind of proposal that the standard knows, each with the seat that decides by default."""
        for domain in standard.DOMAINS:
            self.domains[domain.key] = rules.open_domain(
                key=domain.key,
                decider=self.company.seats[domain.decider],
                by=self.person("noor"),
                at=at,
                reason="So that nobody has to ask who decides",
            )

    def lay_floor(self, at: datetime) -> None:
        """The floor of the standard as our own: written by one, put in force by another."""
        version = rules.draft_rules(layer="floor", by=self.person("eva"), at=at, reason="The floor that we start on")
        self.publish(version, author=self.person("eva"), publisher="noor", at=at)

    def issue_tokens(self, at: datetime) -> None:
        """One for the BI tool, one for the drafter."""
        for name, user, scopes in TOKENS:
            self.tokens[name], self.secrets[name] = services.issue_token(
                user=self.person(user),
                name=name,
                scopes=scopes,
                days=365,
                by=self.person("eva"),
                at=at,
                is_service=True,
            )

    def draft(self, key: str, owner: str, at: datetime, *, unit: str = "Marketing") -> Initiative:
        """An idea with its problem; still without targets or a sponsor."""
        plan = PLANS[key]
        pieces, share, euros = plan.errors or (None, None, None)
        self.initiatives[key] = drafting.draft(
            title=plan.title,
            unit=self.company.units[unit],
            by=self.person(owner),
            at=at,
            goal=self.goals[plan.goal],
            process=plan.process,
            scope=plan.scope,
            timebox_weeks=plan.timebox_weeks,
            budget=Decimal(plan.budget),
            hours_per_week=plan.hours_per_week,
            hourly_rate=RATE,
            errors_per_week=pieces,
            error_share=share,
            cost_per_error=None if euros is None else Decimal(euros),
            **plan.fields,
        )
        return self.initiatives[key]

    def ask_sponsor(self, key: str, sponsor: str, at: datetime, *, is_taken: bool = True) -> None:
        """Its owner names somebody, who has to accept."""
        initiative = self.initiative(key)
        if initiative.sponsor is None:
            raise ValueError(f"{initiative} has no sponsor's seat.")
        offer = services.propose_appointment(
            seat=initiative.sponsor,
            person=self.person(sponsor),
            by=_owner(initiative),
            at=at,
            reason="Answers for the goal",
        )
        if is_taken:
            services.accept_appointment(
                appointment=offer, by=self.person(sponsor), at=at + READING, reason="I stand behind it"
            )

    def name_change_lead(self, key: str, title: str, at: datetime) -> None:
        """Somebody else who writes in the plan, and so may not approve it."""
        initiative = self.initiative(key)
        drafting.edit(
            initiative=initiative,
            by=_owner(initiative),
            at=at,
            reason="She knows what editors need",
            expected_version=initiative.version,
            change_lead=self.company.seats[title],
        )

    def promise(self, key: str, at: datetime, *, starts: int, by: str = "") -> None:
        """Pages, targets and what makes it stop. The pilot is to start that many working days ago."""
        initiative, plan = self.initiative(key), PLANS[key]
        writer = self.person(by) if by else _owner(initiative)
        who: dict[str, Any] = {"initiative": initiative, "by": writer, "at": at}
        page_sets = [
            promises.add_page_set(
                name=pages.name,
                patterns="\n".join(pages.patterns),
                page_class=pages.page_class,
                is_control=pages.is_control,
                **who,
            )
            for pages in plan.pages
        ]
        due_on = self.calendar.day(starts) + timedelta(weeks=plan.timebox_weeks)
        main = None
        for promise in plan.promises:
            low, likely, high = (Decimal(str(v)) for v in promise.value) if promise.value else (None, None, None)
            fields: Fields = {
                "goal": promise.goal,
                "due_on": due_on if promise.goal else None,
                "smallest_effect": promise.smallest_effect,
                "margin": promise.margin,
                "lag_weeks": promise.lag_weeks,
                "ramp_weeks": promise.ramp_weeks,
                "page_set": page_sets[0] if page_sets and promise.role == "primary" else None,
                "value_low": low,
                "value_likely": likely,
                "value_high": high,
                "attribution": promise.attribution,
                "cashable": promise.cashable,
            }
            target = promises.set_target(kpi=self.kpis[promise.kpi], role=promise.role, **who, **fields)
            main = main or target
        promises.add_kill_criterion(
            text=plan.stop_text,
            by_on=due_on,
            target=main if plan.stop_below else None,
            threshold=plan.stop_below,
            **who,
        )

    def weigh(self, key: str, at: datetime) -> None:
        """What may come of it, and what that rests on, where its plan says so."""
        initiative, plan = self.initiative(key), PLANS[key]
        if not plan.scenarios:
            return
        who: dict[str, Any] = {"initiative": initiative, "by": _owner(initiative), "at": at}
        names = ("name", "probability", "benefit", "cost")
        scenarios.agree_scenarios(scenarios=[dict(zip(names, one, strict=True)) for one in plan.scenarios], **who)
        for one in plan.rests_on:
            scenarios.state_assumption(
                text=one.text,
                owner=self.company.seats[one.watched_by],
                valid_until=self.calendar.day(-one.until),
                kpi=self.kpis[one.kpi] if one.kpi else None,
                threshold=one.at_least,
                **who,
            )

    def answer(self, key: str, at: datetime) -> None:
        """The thirty questions, as far as anybody looked; others verify some of the answers."""
        initiative = self.initiative(key)
        left_out = WITHOUT_HOUSE.get(key, "").split()
        said = {code: answer for code, answer in HOUSE.items() if code not in left_out} | ANSWERS[key]
        verifier = {code: who for who, codes in VERIFIED[key].items() for code in codes.split()}
        owner = _owner(initiative)
        for code in sorted(said):
            text, number, proof = _read(said[code])
            answer = evidence.answer_question(
                initiative=initiative, question=code, by=owner, at=at, text=text, number=number, evidence=proof
            )
            if code in verifier:
                evidence.verify_answer(
                    answer=answer,
                    by=self.person(verifier[code]),
                    at=at + READING,
                    expected_version=answer.version,
                    reason="I have seen it",
                )

    def submit(self, key: str, at: datetime, reason: str) -> None:
        initiative = self.initiative(key)
        owner = _owner(initiative)
        gates.submit(initiative=initiative, by=owner, at=at, reason=reason, expected_version=initiative.version)

    def request(self, key: str, gate: Gate, at: datetime, reason: str, *, by_clock: bool = False) -> None:
        initiative = self.initiative(key)
        by = None if by_clock else _owner(initiative)
        gates.request_gate(
            initiative=initiative, gate=gate, by=by, at=at, reason=reason, expected_version=initiative.version
        )

    def approve(self, key: str, by: str, at: datetime, reason: str) -> None:
        """Say yes to what waits at its gate, having read it."""
        request, seen = self._asked(key)
        gates.approve(request=request, by=self.person(by), at=at, reason=reason, seen_sha256=seen)

    def send_back(self, key: str, by: str, at: datetime, reason: str) -> None:
        request, seen = self._asked(key)
        gates.send_back(request=request, by=self.person(by), at=at, reason=reason, seen_sha256=seen)

    def _asked(self, key: str) -> tuple[GateDecision, str]:
        request = GateDecision.objects.filter(initiative=self.initiative(key)).open().get()
        return request, request.opened(read_case(request.initiative)).sha256

    def measure(self, key: str, at: datetime) -> None:
        """A baseline for every target that is judged: its owner computes it, Daan vouches for it."""
        initiative = self.initiative(key)
        owner = _owner(initiative)
        for target in initiative.targets.current().exclude(role="activity").order_by("pk"):
            found = baselines.compute_baseline(target=target, by=owner, at=at, reason="The weeks before the pilot")
            baselines.lock_baseline(
                baseline=found, by=self.person("daan"), at=at + READING, reason="Complete, and nothing odd in it"
            )

    def take_up(self, key: str, domain: str, at: datetime, *, publisher: str) -> None:
        """The rules that the domain starts with, for this initiative: written by its owner, published by another."""
        initiative = self.initiative(key)
        owner = _owner(initiative)
        version = rules.draft_rules(
            layer="table",
            domain=self.domains[domain],
            initiative=initiative,
            by=owner,
            at=at,
            reason="Who decides when the AI and we differ",
        )
        self.publish(version, author=owner, publisher=publisher, at=at)

    def publish(self, version: Any, *, author: User, publisher: str, at: datetime) -> None:
        """To be reviewed in five months, hence in force until then."""
        version = rules.edit_rules(
            version=version,
            hit_policy=version.hit_policy,
            table=version.table,
            review_by=at.astimezone(self.calendar.zone).date() + timedelta(days=180),
            is_shadow=False,
            by=author,
            at=at,
            reason="Looked at again in six months",
            expected_version=version.version,
        )
        version = rules.submit_rules(
            version=version, by=author, at=at, reason="Ready to be read", expected_version=version.version
        )
        rules.publish_rules(
            version=version,
            by=self.person(publisher),
            at=at + READING,
            reason="Read row by row",
            expected_version=version.version,
            seen_sha256=version.sha256,
        )

    def book(self, key: str, category: str, at: datetime, note: str, *, hours: float = 0, amount: int = 0) -> None:
        """Hours of the house at its rate, or an invoice."""
        initiative = self.initiative(key)
        evidence.book_cost(
            initiative=initiative,
            category=category,
            on=at.astimezone(self.calendar.zone).date(),
            by=_owner(initiative),
            at=at,
            hours=Decimal(str(hours)) if hours else None,
            rate=RATE if hours else None,
            amount=Decimal(amount) if amount else None,
            note=note,
        )


def _owner(initiative: Initiative) -> User:
    seat = initiative.owner
    if seat is None or seat.holder is None:
        raise ValueError(f"Nobody owns {initiative}.")
    return seat.holder


def _read(said: Said) -> tuple[str, float | None, str]:
    """Text, figure, evidence."""
    text, shown = said
    return (
        text,
        None if shown is None or isinstance(shown, str) else float(shown),
        shown if isinstance(shown, str) else "",
    )
