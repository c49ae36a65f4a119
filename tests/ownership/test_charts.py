"""Drawings: escaped, gapped where nothing is known, and equal to the table beside them."""

import itertools
import random
import re
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

from ownership import charts
from ownership.charts.bubbles import Disc, clip, placed
from ownership.charts.drawing import LETTER, Plot, ticks

FIRST = date(2026, 8, 3)
WEEKS = [FIRST + timedelta(weeks=n) for n in range(8)]
WORDS = charts.Words(
    number=lambda value: f"{value:g}",
    money=lambda value: f"€{value:g}",
    week=lambda on: f"week {on.isocalendar().week}",
    tick=lambda on: str(on.isocalendar().week),
    month=lambda on: on.strftime("%m/%Y"),
    period="Period",
    measured="Measured",
    normal="Normal",
    baseline="Baseline",
    path="Path",
    target="Target",
    decisions="Decisions",
    happened="What happened",
    usual="Without the pilot",
    ahead="Forecast",
    unknown="not known",
    cost="Cost",
    realised="Realised",
    projected="Projected",
    pays_back="Pays back",
    initiative="Initiative",
    evidence="Strength of evidence",
    evidence_in_100="Evidence, in 100",
    steps=["Assumption", "Early signal", "Outside noise", "Confirmed"],
    benefit="Benefit",
    spent="Spent",
    prove="Prove it first",
    scale="Scale",
    stop="Stop, keep the lesson",
)
LEADS = charts.Trend(
    id="leads",
    name="Leads a week",
    desc="Six weeks, one missing.",
    weeks=WEEKS,
    measured=[400, 420, None, 440, 460, 450],
    baseline=410,
    normal=(390, 430),
    path=[(WEEKS[1], 410), (WEEKS[7], 500)],
    pins=[charts.Pin(WEEKS[1], "D-33", "Pilot starts")],
)


def parse(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)  # noqa: S314 our own markup


def dots(markup: str) -> list[tuple[str, float]]:
    """Class and height of every dot, left to right."""
    found = [
        (dot.get("class", ""), float(dot.get("cx", "")), float(dot.get("cy", "")))
        for dot in parse(markup).iter("circle")
    ]
    return [(cls, cy) for cls, _, cy in sorted(found, key=lambda dot: dot[1])]


def test_hostile_words_stay_words() -> None:
    hostile = '"><script>alert(1)</script>&'
    data = replace(LEADS, name=hostile, desc=hostile, pins=[charts.Pin(WEEKS[1], hostile, hostile)])

    drawn = charts.trend(data, replace(WORDS, measured=hostile, target=hostile))

    for markup in (drawn.wide, drawn.narrow, charts.sparkline([1, 2], label=hostile), charts.meter(0.5, label=hostile)):
        assert "<script" not in markup
        assert hostile in {*parse(markup).itertext(), *parse(markup).attrib.values()}


def test_a_drawing_tells_the_template_that_it_is_finished_markup_and_plain_text_does_not() -> None:
    drawn = charts.tag("g", charts.tag("path", d="M0 0"), "<b>")

    assert drawn.__html__() == '<g><path d="M0 0"></path>&lt;b&gt;</g>'


def test_every_drawing_has_a_name_and_a_description_under_ids_of_its_own() -> None:
    drawn = charts.trend(LEADS, WORDS)

    for markup in (drawn.wide, drawn.narrow):
        labels = parse(markup).get("aria-labelledby", "").split()
        assert [node.text for node in parse(markup).iter() if node.get("id") in labels] == [LEADS.name, LEADS.desc]
    assert parse(drawn.wide).get("aria-labelledby") != parse(drawn.narrow).get("aria-labelledby")


def test_the_table_holds_what_is_plotted() -> None:
    drawn = charts.trend(LEADS, WORDS)

    said = [title.text for dot in parse(drawn.wide).iter("circle") for title in dot.iter("title")]
    assert said == [f"{row[0]}: {row[1]}" for row in drawn.rows if row[1]]
    assert [row[1] for row in drawn.rows] == ["400", "420", "not known", "440", "460", "450", "", ""]
    assert [row[2] for row in drawn.rows] == ["", "410", "425", "440", "455", "470", "485", "500"]
    assert [row[3] for row in drawn.rows][:2] == ["", "D-33 Pilot starts"]


def test_what_happened_outside_is_shaded_lettered_and_named_in_key_and_table() -> None:
    sale = charts.Happening(WEEKS[2] + timedelta(days=3), WEEKS[3] + timedelta(days=1), "Sale & more")
    gone = charts.Happening(WEEKS[0] - timedelta(days=9), WEEKS[0] - timedelta(days=2), "Long ago")

    drawn = charts.trend(replace(LEADS, happened=[sale, gone]), WORDS)

    for markup in (drawn.wide, drawn.narrow):
        shades = [shade for shade in parse(markup).iter("rect") if shade.get("class") == "shock"]
        assert [title.text for shade in shades for title in shade.iter("title")] == ["a Sale & more"]
        assert float(shades[0].get("width", "")) > 10
    assert drawn.head == ("Period", "Measured", "Path", "What happened", "Decisions")
    assert [row[3] for row in drawn.rows] == ["", "", "Sale & more", "Sale & more", "", "", "", ""]
    assert [words for _, words in drawn.key][-2:] == ["Sale & more", "not known"]


def test_columns_of_which_nothing_is_known_are_left_out() -> None:
    drawn = charts.trend(replace(LEADS, path=(), pins=()), WORDS)

    assert drawn.head == ("Period", "Measured")


def test_heights_follow_the_values_in_both_widths() -> None:
    drawn = charts.trend(LEADS, WORDS)

    for markup in (drawn.wide, drawn.narrow):
        heights = [cy for cls, cy in dots(markup) if cls != "missing"]
        values = [value for value in LEADS.measured if value is not None]
        steps = {
            round((heights[n] - heights[0]) / (values[n] - values[0]), 2)
            for n in range(1, len(values))
            if values[n] != values[0]
        }
        assert len(steps) == 1
        assert steps.pop() < 0  # more is higher up


def test_a_missing_week_is_a_gap_and_a_hollow_dot_never_a_zero() -> None:
    drawn = charts.trend(LEADS, WORDS)

    lines = [path for path in parse(drawn.wide).iter("path") if path.get("class") == "series"]
    classes = [cls for cls, _ in dots(drawn.wide)]
    (before, hollow, after) = [cy for _, cy in dots(drawn.wide)][1:4]
    assert len(lines) == 2
    assert classes == ["dot", "dot", "missing", "dot", "dot", "now"]
    assert after < hollow < before  # half way between its neighbours
    assert "0" not in [row[1] for row in drawn.rows]


def test_a_kpi_without_any_value_still_draws_its_axes() -> None:
    bare = charts.Trend(id="bare", name="Leads", desc="Nothing yet.", weeks=WEEKS, measured=[None, None])

    drawn = charts.trend(bare, WORDS)

    assert dots(drawn.wide) == []
    assert [row[1] for row in drawn.rows][:2] == ["not known", "not known"]
    assert "M" not in charts.sparkline([None, None], label="nothing yet").replace("Mandate", "")


def test_many_decisions_never_write_over_each_other_and_the_table_keeps_them_all() -> None:
    pins = [charts.Pin(WEEKS[0] + timedelta(days=2 * n), f"D-{n}", "A decision with many words") for n in range(20)]

    drawn = charts.trend(replace(LEADS, pins=pins), WORDS)

    rows: dict[str, list[tuple[float, float]]] = {}
    for text in parse(drawn.wide).iter("text"):
        if text.find("tspan") is not None:
            start, words = float(text.get("x", "")), "".join(text.itertext())
            rows.setdefault(text.get("y", ""), []).append((start, start + LETTER * len(words)))
    for spans in rows.values():
        assert all(left[1] <= right[0] for left, right in zip(sorted(spans), sorted(spans)[1:], strict=False))
    assert sum(row[3].count("D-") for row in drawn.rows) == 20


def test_a_sparkline_breaks_where_a_value_is_missing() -> None:
    drawn = charts.sparkline([5, 6, None, 7, 8], label="Leads", normal=(4, 6), tone="bad")

    assert len(re.findall('class="series"', drawn)) == 2
    assert 'data-tone="bad"' in drawn


def test_money_starts_at_zero_and_benefit_stops_at_the_last_closed_month() -> None:
    months = [date(2026, month, 1) for month in range(1, 7)]
    data = charts.Money("roi", "Benefit", "Cumulative.", months, [10, 20, 30, 40, 50, 60], [0, 5, 12])

    drawn = charts.money(data, WORDS)

    assert parse(drawn.wide).find(".//line[@class='axis']") is not None
    assert [row[2] for row in drawn.rows] == ["€0", "€5", "€12", "not known", "not known", "not known"]
    assert [row[1] for row in drawn.rows] == ["€10", "€20", "€30", "€40", "€50", "€60"]


def test_money_ahead_is_a_fan_and_a_range_in_which_it_pays_back() -> None:
    months = [date(2026, month, 1) for month in range(1, 4)]
    ahead = [charts.Ahead(date(2026, 3, 1), 30, 8, 12, 16), charts.Ahead(date(2026, 12, 1), 60, 40, 70, 100)]
    data = charts.Money("roi", "Benefit", "Cumulative.", months, [10, 20, 30], [0, 5, 12], ahead)

    drawn = charts.money(replace(data, payback=(date(2026, 6, 1), date(2026, 9, 1), None)), WORDS)
    never = charts.money(replace(data, payback=(None, None, None)), WORDS)

    svg = parse(drawn.wide)
    assert svg.find(".//path[@class='fan80']") is not None
    box = svg.find(".//rect[@class='shock']")
    assert box is not None
    assert float(box.attrib["x"]) + float(box.attrib["width"]) == 582  # its end lies beyond the drawing
    assert parse(never.wide).find(".//rect[@class='shock']") is None
    assert drawn.head == ("Period", "Cost", "Realised", "Projected")
    assert drawn.rows[-1] == ("12/2026", "€60", "", "€70 (€40–€100)")
    assert "Pays back" in [words for _, words in drawn.key]
    assert "Pays back" not in [words for _, words in never.key]


def test_a_meter_stays_within_its_track() -> None:
    widths = [
        float(rect.get("width", ""))
        for share in (-1.0, 0.0, 0.94, 3.0)
        for rect in parse(charts.meter(share, label="done")).iter("rect")
        if rect.get("class") == "fill"
    ]

    assert widths == [0, 0, 94, 100]


def test_levels_are_round_and_cover_the_values() -> None:
    for low, high in [(0, 1), (381, 500), (0, 0), (-12.5, 3), (1e6, 1e6), (0.001, 0.002)]:
        levels = ticks(low, high)

        assert levels[0] <= low <= high <= levels[-1] + 1e-9
        assert len(levels) <= 8


def portfolio(number: int, rng: random.Random) -> list[charts.Bubble]:
    words = ["Titles", "at", "scale", "Internal links", "by AI", "Rewriting the category pages of the outdoor range"]
    return [
        charts.Bubble(
            name=f"{' '.join(rng.sample(words, rng.randint(1, 3)))} {n}",
            ref=f"INI-{n}",
            evidence=rng.random(),
            benefit=rng.uniform(-5000, 80000),
            spent=rng.expovariate(1 / 9000),
            tone=rng.choice(["good", "warn", "bad", "none"]),
        )
        for n in range(number)
    ]


def test_no_two_labels_touch_in_two_hundred_random_portfolios() -> None:
    rng = random.Random(14)
    labelled = drawn = 0
    for _ in range(200):
        points = sorted(portfolio(24, rng), key=lambda point: -point.spent)
        plot = Plot(580, 372, 62, 570, 14, 328)
        discs = [Disc(62 + 508 * p.evidence, 328 - 300 * p.benefit / 80000, max(5, p.spent / 3000)) for p in points]

        labels, key = placed(points, discs, plot, named=8)

        boxes = [label.spot.box(label.words) for label in labels]
        assert not [(one, other) for one, other in itertools.combinations(boxes, 2) if one.hits(other)]
        assert [number for number, _ in key] == list(range(1, len(key) + 1))
        labelled, drawn = labelled + len(labels), drawn + len(points)
    assert labelled / drawn > 0.9


def test_the_table_of_the_portfolio_holds_every_initiative_and_the_key_its_numbers() -> None:
    points = portfolio(50, random.Random(3))

    drawn = charts.bubbles(points, WORDS, uid="map", name="Portfolio", desc="Benefit against evidence.")

    assert {row[0] for row in drawn.chart.rows} == {point.name for point in points}
    assert len(list(parse(drawn.chart.wide).iter("circle"))) == 40
    assert set(dict(drawn.narrow_key)) == set(range(1, len(drawn.narrow_key) + 1))


def test_a_long_name_ends_at_a_word() -> None:
    assert clip("Titles and descriptions at scale") == "Titles and descriptions…"
    assert clip("Internal links by AI") == "Internal links by AI"
    assert len(clip("Donaudampfschifffahrtsgesellschaft")) == 24


def test_an_empty_portfolio_draws_its_axes() -> None:
    drawn = charts.bubbles([], WORDS, uid="map", name="Portfolio", desc="Nothing yet.")

    assert not list(parse(drawn.chart.wide).iter("circle"))


CHANCE_WORDS = charts.ChanceWords("Week", "Chance", "Alert level", "Decisions", "Story", "Now", "Before", "not known")


def test_the_story_bar_is_as_long_as_its_chances_and_its_table_says_the_same() -> None:
    told = [charts.Story("Works", "good", 0.6, 0.5), charts.Story("Fades", "warn", 0.4, 0.5)]

    drawn = charts.stories(told, uid="s", name="Why", words=CHANCE_WORDS)

    bars = [float(bar.attrib["width"]) for bar in parse(drawn.wide).iter("rect")]
    assert bars == [59.6, 39.6, 49.6, 49.6]
    assert drawn.rows == [("Works", "60", "50"), ("Fades", "40", "50")]


def test_a_week_without_a_chance_is_a_gap_in_the_line_and_not_known_in_the_table() -> None:
    data = charts.Chances("c", "Chance", "Falls.", [1, 2, 3, 4], [0.4, None, 0.2, 0.05], 0.1, [(3, "D-1 More editors")])

    drawn = charts.chances(data, CHANCE_WORDS)

    assert drawn.rows[1:3] == [("2", "not known", ""), ("3", "20", "D-1 More editors")]
    lines = [path.attrib["d"] for path in parse(drawn.wide).iter("path") if path.attrib["class"] == "series"]
    assert len(lines) == 2


def test_the_forecast_begins_at_the_newest_week_and_stands_in_the_table() -> None:
    usual = [None, *[(395.0, 425.0)] * 7]
    ahead: list[tuple[float, float, float] | None] = [*[None] * 6, (440.0, 455.0, 470.0), (435.0, 456.0, 475.0)]

    drawn = charts.trend(replace(LEADS, usual=usual, ahead=ahead), WORDS)

    assert drawn.head == ("Period", "Measured", "Path", "Without the pilot", "Forecast", "Decisions")
    assert drawn.rows[6][3:5] == ("395–425", "440–470")
    assert [path.attrib["class"] for path in parse(drawn.wide).iter("path")].count("fan80") == 1
