"""What the initiatives of Sofa & Co promised: problem, scope, pages, targets, and when to stop."""

from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Pages:
    """A page set: name, address patterns, class."""

    name: str
    patterns: tuple[str, ...]
    page_class: str
    is_control: bool = False


@dataclass(frozen=True)
class Promise:
    """A target on a KPI of figures.py. `value` is what a unit is worth: low, likely, high, in euros."""

    kpi: str
    role: str
    goal: float | None = None
    smallest_effect: float | None = None
    margin: float | None = None
    lag_weeks: int | None = None
    ramp_weeks: int | None = None
    value: tuple[float, float, float] | None = None
    attribution: float = 1.0
    cashable: float = 1.0


@dataclass(frozen=True)
class Assumed:
    """What scenarios rest on, who watches it (a seat of people.py), and until how many working days from today it may
    be believed. `at_least` is the figure of the KPI a week."""

    text: str
    watched_by: str
    until: int
    kpi: str = ""
    at_least: float | None = None


@dataclass(frozen=True)
class Plan:
    """One initiative as its owner wrote it. `stop_below` is the weekly figure of the main KPI that makes it stop."""

    title: str
    goal: str
    process: str
    scope: str
    timebox_weeks: int
    budget: int
    hours_per_week: float
    pages: tuple[Pages, ...]
    promises: tuple[Promise, ...]
    stop_text: str
    stop_below: float | None = None
    scenarios: tuple[tuple[str, float, int, int], ...] = ()  # name, chance, benefit and cost in euros
    rests_on: tuple[Assumed, ...] = ()
    errors: tuple[float, float, int] | None = None  # pieces of work a week, share that goes wrong, euros each
    fields: dict[str, Any] = field(default_factory=dict)


# Key, statement, months from today to its horizon, KPI. No initiative serves the last one.
GOALS: Final = [
    ("leads", "A quarter more qualified leads from people who search for a sofa", 8, "leads"),
    ("revenue", "Organic revenue of €25 million a year", 14, "revenue"),
    ("answers", "Among the three brands that AI answers name first", 11, "ai_seen"),
    ("time", "A day a week back for everybody who writes or checks pages", 6, "log_hours"),
    ("belgium", "Win back the visitors we lost in Belgium", 10, "sessions"),
]

SITE: Final = Promise("site_clicks", "guardrail", margin=0.05, lag_weeks=1, ramp_weeks=1)
CONVERSION: Final = Promise("cvr", "guardrail", margin=0.03, lag_weeks=1, ramp_weeks=1)

PLANS: Final[dict[str, Plan]] = {
    "titles": Plan(
        "Titles and descriptions at scale",
        "leads",
        "Page titles are written by hand, once, when a category is made. Searchers read what we called a sofa in 2019.",
        "Titles and descriptions of 310 category pages, proposed by the drafter, decided by rule. No page texts.",
        timebox_weeks=10,
        budget=26_000,
        hours_per_week=14,
        errors=(60, 0.1, 45),
        pages=(
            Pages("Category pages", ("/sofas/*", "/armchairs/*", "/beds/*"), "money"),
            Pages("Filter pages", ("/sofa-colours/*", "/bed-sizes/*"), "long_tail"),
            Pages("Tables, untouched", ("/tables/*",), "money", is_control=True),
        ),
        promises=(
            Promise("category_leads", "primary", 0.18, 0.08, None, 1, 2, (30, 38, 50), 0.55),
            Promise("ctr", "secondary", 0.08, 0.03, None, 1, 1),
            Promise("clicks", "secondary", 0.1, 0.04, None, 1, 1),
            SITE,
            CONVERSION,
        ),
        stop_text="Fewer than 230 leads a week over the last four weeks",
        stop_below=230,
    ),
    "articles": Plan(
        "AI articles for the blog",
        "leads",
        "The blog gets two articles a month, because an article takes a writer a day and a half.",
        "Forty articles a week on care, styles and rooms, drafted by AI and read by one editor.",
        timebox_weeks=10,
        budget=18_000,
        hours_per_week=12,
        pages=(
            Pages("Blog", ("/blog/*",), "long_tail"),
            Pages("Fire safety and health", ("/health/*", "/fire-safety/*"), "ymyl"),
        ),
        promises=(
            Promise("blog_leads", "primary", 0.25, 0.12, None, 2, 2, (40, 55, 75), 0.8),
            Promise("articles", "activity"),
            SITE,
        ),
        stop_text="Fewer than 108 leads a week from the blog at the end of the pilot",
        stop_below=108,
    ),
    "products": Plan(
        "AI-refreshed product pages",
        "leads",
        "Product texts come from the supplier. Three shops have the same ones, and ours answer no question.",
        "240 product pages: the AI drafts, people edit every page before it goes live.",
        timebox_weeks=10,
        budget=36_000,
        hours_per_week=22,
        errors=(24, 0.15, 60),
        pages=(
            Pages("Refreshed product pages", ("/p/sofa-*", "/p/armchair-*"), "money"),
            Pages("Product pages as they were", ("/p/table-*", "/p/lamp-*"), "money", is_control=True),
        ),
        promises=(
            Promise("product_leads", "primary", 0.22, 0.05, None, 3, 2, (70, 108, 132), 0.7),
            Promise("sessions", "secondary", 0.06, 0.02, None, 2, 2),
            SITE,
            CONVERSION,
        ),
        stop_text="Fewer than 170 leads a week in the last four weeks",
        stop_below=170,
        scenarios=(
            ("A fifth more leads", 0.5, 96_000, 62_000),
            ("A third more leads", 0.2, 132_000, 62_000),
            ("Buyers read on elsewhere", 0.3, 12_000, 48_000),
        ),
        rests_on=(
            Assumed("Key pages keep their visitors from search", "Search and sales figures", 130, "sessions", 15_000),
            Assumed("The two shops with our texts leave theirs as they are", "Page owner", 80),
        ),
    ),
    "links": Plan(
        "Internal links by AI",
        "revenue",
        "Buying guides are read and left: nothing on them leads to the sofas that they speak of.",
        "Links from 85 buying guides to categories and products. Menus and footers stay out of it.",
        timebox_weeks=16,
        budget=20_000,
        hours_per_week=9,
        pages=(
            Pages("Buying guides", ("/guides/*",), "money"),
            Pages("Care guides, untouched", ("/care/*",), "support", is_control=True),
        ),
        promises=(
            Promise("guides", "primary", 0.12, 0.04, None, 2, 3, (0.3, 0.38, 0.45), 0.8),
            SITE,
        ),
        stop_text="Less than €30,000 a week from the guides at the end",
        stop_below=30_000,
    ),
    "outreach": Plan(
        "Digital PR prospecting",
        "revenue",
        "Finding a journalist who writes about living takes Sanne a morning, and half of them have moved on.",
        "The AI proposes whom to write to and about what. Sanne writes. No paid links, no exchanges.",
        timebox_weeks=14,
        budget=15_000,
        hours_per_week=16,
        errors=(30, 0.4, 12),
        pages=(
            Pages("Studies and press pages", ("/press/*", "/studies/*"), "support"),
            Pages("Pages without press work", ("/stores/*",), "support", is_control=True),
        ),
        promises=(
            Promise("samples", "primary", 0.2, 0.06, None, 2, 3, (25, 35, 48), 0.8),
            SITE,
        ),
        stop_text="Fewer than 195 sample requests a week after twelve weeks",
        stop_below=195,
    ),
    "tables": Plan(
        "Comparison tables for sofa beds",
        "leads",
        "People open five sofa beds in five tabs to compare how they fold. Nobody has time to draw a table by hand.",
        "A table on each of 90 sofa bed pages, filled by AI from the product feed and checked against it.",
        timebox_weeks=16,
        budget=8_000,
        hours_per_week=6,
        pages=(Pages("Sofa beds", ("/sofa-beds/*",), "money"),),
        promises=(Promise("bed_leads", "primary", 0.2, 0.06, None, 3, 4, (30, 38, 50), 0.6), SITE),
        stop_text="Fewer than 300 leads a week in the last four weeks",
        stop_below=300,
        scenarios=(
            ("A fifth more leads", 0.5, 60_000, 14_000),
            ("A quarter more, and fewer beds sent back", 0.2, 80_000, 15_000),
            ("Tables are wrong and come down", 0.3, 6_000, 18_000),
        ),
        rests_on=(
            Assumed("The product feed has the folded size of every sofa bed", "Technical SEO", 100),
            Assumed("The site keeps its visitors from search", "Search and sales figures", 130, "site_clicks", 55_000),
        ),
    ),
    "adviser": Plan(
        "An adviser that answers on product pages",
        "leads",
        "Visitors ask by mail which fabric suits a cat, and order the catalogue when nobody answers.",
        "Short answers beneath 120 products, drafted by AI from what our advisers wrote, read by one of them.",
        timebox_weeks=14,
        budget=9_000,
        hours_per_week=7,
        pages=(Pages("Products with answers", ("/p/fabric-*",), "money"),),
        promises=(Promise("catalogues", "primary", 0.25, 0.08, None, 1, 2, (7, 9, 12), 0.6), SITE),
        stop_text="Fewer than 460 catalogue requests a week in the last four weeks",
        stop_below=460,
    ),
    "outlet": Plan(
        "Shorter outlet pages",
        "revenue",
        "Outlet texts are copied from the season before, with prices and sizes that no longer hold.",
        "Texts of 140 outlet pages cut to half by AI. Prices and stock stay where they are.",
        timebox_weeks=12,
        budget=6_000,
        hours_per_week=5,
        pages=(Pages("Outlet", ("/outlet/*",), "money"),),
        promises=(Promise("outlet_orders", "primary", 0.15, 0.05, None, 1, 2, (18, 24, 30), 0.6), SITE),
        stop_text="Fewer than 380 outlet orders a week in the last four weeks",
        stop_below=380,
    ),
    "bespoke": Plan(
        "Sizes explained for made-to-measure",
        "revenue",
        "Two orders in three for made-to-measure begin with a phone call about how to take the measures.",
        "A page of explanation for each of 30 models, drafted by AI, drawn and checked by the workshop.",
        timebox_weeks=14,
        budget=5_000,
        hours_per_week=4,
        pages=(Pages("Made to measure", ("/made-to-measure/*",), "money"),),
        promises=(Promise("bespoke_orders", "primary", 0.4, 0.1, None, 1, 2, (160, 210, 260), 0.7), SITE),
        stop_text="Fewer than 14 orders a week at the end",
        stop_below=14,
    ),
    "configurator": Plan(
        "Better questions in the configurator",
        "revenue",
        "Of a hundred visitors who search and open the configurator, three finish. It asks for what they do not know.",
        "The order and the words of eleven questions, proposed by AI from what visitors asked our advisers.",
        timebox_weeks=12,
        budget=12_000,
        hours_per_week=8,
        pages=(Pages("Configurator", ("/configure/*",), "money"),),
        promises=(Promise("configured", "primary", 0.15, 0.05, None, 1, 2), SITE),
        stop_text="No more than before in the last four weeks",
    ),
    "briefs": Plan(
        "Briefs by AI, texts by people",
        "time",
        "A text is written in a day. It waits eight for its brief.",
        "Briefs for new pages, drafted by AI from the search results and finished by an editor.",
        timebox_weeks=12,
        budget=7_000,
        hours_per_week=9,
        pages=(Pages("New pages", ("/new/*",), "long_tail"),),
        promises=(Promise("brief_days", "primary", 0.25, 0.1, None, 1, 2, (150, 200, 250), 1.0, 0.5), SITE),
        stop_text="More than nine days from brief to publication at the end",
    ),
    "answers": Plan(
        "Be named in AI answers for 40 buying questions",
        "answers",
        "People ask an assistant which sofa fits their room. It names three brands, and we are rarely one of them.",
        "Forty buying questions, answered on our own pages with figures that a model can quote. No tricks.",
        timebox_weeks=6,
        budget=18_000,
        hours_per_week=10,
        pages=(Pages("Answer pages", ("/answers/*",), "money"),),
        promises=(
            Promise("ai_orders", "primary", 0.25, 0.12, None, 1, 1, (55, 80, 110), 0.9),
            Promise("ai_seen", "secondary", 0.3, 0.1, None, 1, 1),
            SITE,
        ),
        stop_text="Fewer than 33 orders a week that came from AI answers",
        stop_below=33,
    ),
    "logs": Plan(
        "Log-file triage",
        "time",
        "Every Monday Tom reads server logs for half a day to find what the crawlers cannot reach.",
        "The AI sorts last week's log and names ten things to mend. Tom still mends them.",
        timebox_weeks=6,
        budget=4_000,
        hours_per_week=4,
        pages=(),
        promises=(
            Promise("log_hours", "primary", 0.5, 0.25, None, 0, 1, (45, 60, 65), 1.0, 0.5),
            SITE,
        ),
        stop_text="Less than two hours a week saved after four weeks",
    ),
    "images": Plan(
        "Automatic image descriptions",
        "revenue",
        "Eleven thousand product photos have no description, so nobody finds them and blind visitors hear a file name.",
        "Descriptions for all product photos, written by AI, sampled by an editor.",
        timebox_weeks=8,
        budget=9_000,
        hours_per_week=6,
        pages=(Pages("Product photos", ("/p/*",), "long_tail"),),
        promises=(
            Promise("orders", "primary", 0.08, 0.05, None, 2, 2, (9, 12, 15), 0.3),
            SITE,
        ),
        stop_text="Fewer than 960 orders a week at the end",
        stop_below=960,
    ),
    "delivery": Plan(
        "Delivery questions answered once",
        "time",
        "The same twelve questions about delivery reach the planners forty times a day.",
        "Twelve answers, drafted by AI from our own terms, on one page.",
        timebox_weeks=4,
        budget=2_000,
        hours_per_week=11,
        pages=(),
        promises=(),
        stop_text="",
        fields={"track": "light"},
    ),
}
