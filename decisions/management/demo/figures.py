"""What Sofa & Co measures: its KPIs, sixteen months of believable values for each, and how they arrive."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from decisions.management.demo.agenda import WEEK, Ago, Calendar, Story
from decisions.management.demo.people import COMPANY, Company
from decisions.management.demo.series import Effect, Figure
from metrics.catalogue import Grain
from metrics.merge import Value
from metrics.models import AnnotationKind, Kpi
from metrics.periods import week_start
from metrics.pushed import Sent
from metrics.services import annotations, files, kpis, values
from metrics.services.push import push
from metrics.services.values import Cell
from metrics.tabular import Mapping, Measure

SEED: Final = 14
DAYS: Final = 487  # sixteen months
TOOL, FILE = "tool", "file"  # otherwise the key of the person who types it

# When pilots began, in working days ago: the series bend there, and stories.py tells why.
TITLES, ARTICLES, PRODUCTS, LINKS, OUTREACH, IMAGES = 214, 34, 43, 56, 49, 150
TABLES, ADVISER, OUTLET, BESPOKE, CONFIGURATOR, BRIEFS = 51, 48, 33, 39, 36, 41
LAST_UPLOAD = 17
CORE_UPDATE_OVER, SALE = 22, 9  # working days ago


@dataclass(frozen=True)
class Measured:
    """One KPI: catalogue type, name, stored grain, who brings it, how it behaves; `starts` working days ago."""

    type_key: str
    name: str
    brought_by: str
    figure: Figure
    grain: Grain = Grain.DAY
    starts: int | None = None


def measured(calendar: Calendar) -> dict[str, Measured]:
    """Everything that is measured, by the key that stories use."""
    day = calendar.day

    def effect(pilot: int, size: float, *, weeks: int = 3) -> tuple[Effect, ...]:
        return (Effect(day(pilot), size, ramp_days=weeks * 7),)

    rows = [
        Measured("organic_leads", "Organic leads", TOOL, Figure("leads", 66, effects=effect(TITLES, 0.11))),
        Measured(
            "organic_leads",
            "Organic leads, category pages",
            TOOL,
            Figure("category_leads", 31, noise=0.10, effects=effect(TITLES, 0.27)),
        ),
        Measured(
            "organic_leads",
            "Organic leads from the blog",
            TOOL,
            Figure("blog_leads", 13, noise=0.05, drift=0.03, effects=effect(ARTICLES, -0.05)),
        ),
        Measured(
            "organic_leads",
            "Organic leads, product pages",
            TOOL,
            Figure("product_leads", 21, noise=0.14, drift=0.02, effects=effect(PRODUCTS, 0.20)),
        ),
        Measured("organic_conversions", "Organic orders", TOOL, Figure("orders", 118, effects=effect(TITLES, 0.07))),
        Measured(
            "organic_conversions",
            "Fabric sample requests",
            TOOL,
            Figure("samples", 24, noise=0.13, effects=effect(OUTREACH, 0.19, weeks=4)),
        ),
        Measured(
            "organic_revenue",
            "Organic revenue",
            TOOL,
            Figure("revenue", 61_500, noise=0.10, is_money=True, effects=effect(TITLES, 0.08)),
        ),
        Measured(
            "money_page_clicks",
            "Non-brand clicks, key pages",
            TOOL,
            Figure("clicks", 1_840, effects=effect(TITLES, 0.14)),
        ),
        Measured("nonbrand_impressions", "Non-brand impressions", TOOL, Figure("impressions", 71_000, drift=0.09)),
        Measured(
            "ctr_key_queries",
            "CTR of key queries",
            TOOL,
            Figure("ctr", 1_420, share=0.034, noise=0.06, effects=effect(TITLES, 0.12)),
        ),
        Measured(
            "money_page_sessions",
            "Organic sessions, key pages",
            TOOL,
            Figure("sessions", 2_480, effects=effect(TITLES, 0.13)),
        ),
        Measured("g_nonbrand_clicks_site", "Non-brand clicks, whole site", TOOL, Figure("site_clicks", 9_300)),
        Measured("g_money_cvr", "Conversion on money pages", TOOL, Figure("cvr", 96, share=0.021, noise=0.05)),
        Measured(
            "ai_referral_conversions",
            "Orders that came from AI answers",
            TOOL,
            Figure("ai_orders", 2.8, noise=0.2, drift=0.5),
        ),
        Measured(
            "organic_revenue",
            "Organic revenue, buying guides",
            FILE,
            Figure("guides", 4_150, noise=0.12, is_money=True, effects=effect(LINKS, 0.09)),
            starts=170,
        ),
        Measured(
            "ai_visibility_rate", "AI answer visibility", "aisha", Figure("ai_seen", 4.4, share=0.19), Grain.WEEK, 120
        ),
        Measured(
            "articles_generated",
            "Articles generated",
            "joris",
            Figure("articles", 0.9, effects=(Effect(day(ARTICLES), 6, ramp_days=45),)),
            Grain.WEEK,
            75,
        ),
        Measured(
            "organic_leads",
            "Organic leads, sofa beds",
            TOOL,
            Figure("bed_leads", 42, noise=0.06, effects=(Effect(day(TABLES - 28), 0.26, ramp_days=14),)),
            starts=130,
        ),
        Measured(
            "organic_conversions",
            "Catalogue requests",
            TOOL,
            Figure(
                "catalogues",
                64,
                noise=0.06,
                effects=(Effect(day(ADVISER), 0.3, ramp_days=7, fades_on=day(ADVISER - 14)),),
            ),
            starts=130,
        ),
        Measured(
            "organic_conversions",
            "Organic orders, outlet",
            TOOL,
            Figure("outlet_orders", 58, noise=0.06, effects=effect(OUTLET, -0.2, weeks=1)),
            starts=130,
        ),
        Measured(
            "organic_conversions",
            "Organic orders, made to measure",
            TOOL,
            Figure("bespoke_orders", 2.2, noise=0.3, effects=effect(BESPOKE, 0.2)),
            starts=130,
        ),
        Measured(
            "organic_cvr",
            "Conversion of organic visits to the configurator",
            TOOL,
            Figure("configured", 74, share=0.031, noise=0.05, effects=effect(CONFIGURATOR, 0.2, weeks=2)),
            starts=130,
        ),
        Measured(
            "cycle_time_publish",
            "Days from brief to publication",
            TOOL,
            Figure("brief_days", 9.2, noise=0.15, is_money=True, effects=effect(BRIEFS, -0.36, weeks=2)),
            starts=130,
        ),
        Measured(
            "hours_saved",
            "Hours saved on reading log files",
            "tom",
            Figure("log_hours", 0.42, noise=0.25, is_money=True),
            Grain.WEEK,
            60,
        ),
    ]
    return {row.figure.key: row for row in rows}


def define(company: Company, plan: dict[str, Measured], *, at: datetime) -> dict[str, Kpi]:
    """The KPIs, each with Daan as its steward."""
    people, steward = company.people, company.seats["Search and sales figures"]
    return {
        key: kpis.define(
            type_key=row.type_key,
            name=row.name,
            unit=company.marketing,
            grain=row.grain,
            steward=steward,
            by=people["daan"],
            at=at,
            reason="So that everybody counts the same thing",
        )
        for key, row in plan.items()
    }


class Deliveries:
    """What was measured and has not arrived yet."""

    def __init__(self, calendar: Calendar, company: Company, plan: dict[str, Measured], kpis: dict[str, Kpi]) -> None:
        self.calendar, self.company, self.plan, self.kpis = calendar, company, plan, kpis
        first = calendar.today - timedelta(days=DAYS)
        self.waiting = {key: list(self._values(row, first)) for key, row in plan.items()}

    def _values(self, row: Measured, first: date) -> Iterator[Value]:
        """Every value until yesterday, the oldest first."""
        kpi = self.kpis[row.figure.key].pk
        start = first if row.starts is None else self.calendar.day(row.starts)
        days = row.figure.days(start, self.calendar.today, SEED)
        if row.grain is Grain.DAY:
            yield from (Value(0, kpi, day, num, den) for day, num, den in days)
            return
        weeks: dict[date, list[tuple[float, float | None]]] = {}
        for day, num, den in days:
            weeks.setdefault(week_start(day), []).append((num, den))
        for monday, found in weeks.items():
            if len(found) == 7:
                den = None if row.figure.share is None else sum(day_den or 0.0 for _, day_den in found)
                yield Value(0, kpi, monday, round(sum(num for num, _ in found), 2), den)

    def due(self, brought_by: str, at: datetime) -> list[Value]:
        """What is known by then and comes this way."""
        today = at.astimezone(self.calendar.zone).date()
        arrived: list[Value] = []
        for key, row in self.plan.items():
            if row.brought_by == brought_by:
                length = timedelta(days=7 if row.grain is Grain.WEEK else 1)
                ready = [value for value in self.waiting[key] if value.period_start + length <= today]
                self.waiting[key] = self.waiting[key][len(ready) :]
                arrived += ready
        return [Value(line, v.kpi_id, v.period_start, v.num, v.den) for line, v in enumerate(arrived, start=1)]

    def push(self, at: datetime) -> None:
        """The shop, the CRM and Search Console send what they have."""
        if found := self.due(TOOL, at):
            push(
                unit=self.company.marketing,
                sent=Sent(*zip(*found, strict=True)),
                by=self.company.people["daan"],
                at=at,
                today=at.astimezone(self.calendar.zone).date(),
                reason="",
            )

    def type_in(self, who: str, at: datetime) -> None:
        """Somebody logs the weeks that are over."""
        by_id = {kpi.pk: kpi for kpi in self.kpis.values()}
        if found := self.due(who, at):
            values.log(
                unit=self.company.marketing,
                cells=[Cell(by_id[v.kpi_id], v.period_start, v.num, v.den) for v in found],
                by=self.company.people[who],
                at=at,
                today=at.astimezone(self.calendar.zone).date(),
                reason="",
            )

    def upload(self, who: str, at: datetime) -> None:
        """A file from the bookkeeping, read as a trial and stored."""
        found = self.due(FILE, at)
        if not found:
            return
        kpi, by = self.kpis["guides"], self.company.people[who]
        lines = ["Date;Revenue", *(f"{v.period_start:%d-%m-%Y};{v.num:.2f}".replace(".", ",") for v in found)]
        today = at.astimezone(self.calendar.zone).date()
        row = files.upload(
            into=self.company.marketing,
            file_name=f"guides-{today:%Y-%m-%d}.csv",
            data="\n".join(lines).encode(),
            by=by,
            at=at,
            reason="From the bookkeeping",
        )
        mapping = Mapping(delimiter=";", decimal=",", order="dmy", date="Date", measures=(Measure(kpi.ref, "Revenue"),))
        files.read(
            row=row, mapping=mapping, by=by, at=at, today=today, reason="Looks right", expected_version=row.version
        )
        files.store(row=row, by=by, at=at, today=today, reason="Agreed", expected_version=row.version)


def outside(calendar: Calendar, company: Company) -> Story:
    """What happened to the figures from without: a core update, and a sale of the house's own."""
    at = yield Ago(CORE_UPDATE_OVER, 9)
    annotations.annotate(
        kind=AnnotationKind.CORE_UPDATE,
        name="Autumn core update",
        note="Announced by Google. Half of our category pages moved by a few positions, up and down.",
        unit=company.units[COMPANY],
        kpi=None,
        starts_on=calendar.day(CORE_UPDATE_OVER + 6),
        last_on=calendar.day(CORE_UPDATE_OVER),
        is_freeze=False,
        by=company.people["noor"],
        at=at,
    )
    at = yield Ago(SALE, 9)
    annotations.annotate(
        kind=AnnotationKind.CAMPAIGN,
        name="Sofa week",
        note="Ten euros off every delivery, in the newsletter and on the home page.",
        unit=company.marketing,
        kpi=None,
        starts_on=calendar.day(SALE),
        last_on=calendar.day(SALE - 4),
        is_freeze=False,
        by=company.people["tom"],
        at=at,
    )


def arriving(deliveries: Deliveries) -> Story:
    """Week after week, until yesterday's figures are in. The files stop coming."""
    for days in range(342, 1, -WEEK):
        at = yield Ago(days, 7)
        deliveries.push(at)
        for who in ("aisha", "joris", "tom"):
            deliveries.type_in(who, at)
        if days >= LAST_UPLOAD:
            deliveries.upload("joris", at)
    at = yield Ago(0)
    deliveries.push(at)
