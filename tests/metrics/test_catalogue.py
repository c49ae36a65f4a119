"""The catalogue says what it must, and the linter knows output from outcome."""

import pytest

from metrics.catalogue import (
    CATALOGUE,
    Chain,
    Direction,
    Grain,
    Kind,
    MetricClass,
    MetricType,
    looks_like_output,
    never_falls,
)

OUTPUT = [row for row in CATALOGUE.values() if row.metric_class is MetricClass.OUTPUT]
OTHERS = [row for row in CATALOGUE.values() if row.metric_class is not MetricClass.OUTPUT]


def test_there_are_37_types_that_may_count_and_ten_that_may_not() -> None:
    assert (len(OTHERS), len(OUTPUT)) == (37, 10)


def test_every_type_has_a_name_in_both_languages() -> None:
    assert all(row.english.strip() and row.dutch.strip() for row in CATALOGUE.values())
    assert len({row.english for row in CATALOGUE.values()}) == len(CATALOGUE)


def test_a_type_carries_all_that_judging_needs() -> None:
    assert CATALOGUE["organic_leads"] == MetricType(
        key="organic_leads",
        english="qualified organic leads",
        dutch="gekwalificeerde organische leads",
        kind=Kind.COUNT,
        direction=Direction.UP,
        metric_class=MetricClass.OUTCOME,
        chain=Chain.DEMAND,
        grain=Grain.WEEK,
        lag_days=1,
    )
    assert CATALOGUE["cycle_time_publish"].lower_is_better
    assert CATALOGUE["cycle_time_publish"].is_outcome
    assert not CATALOGUE["avg_position"].is_outcome


def test_only_guardrails_have_a_margin_and_all_of_them_do() -> None:
    assert {key: row.margin for key, row in CATALOGUE.items() if row.margin is not None} == {
        "g_nonbrand_clicks_site": 0.05,
        "g_money_cvr": 0.03,
        "g_cwv_pass": 0.02,
        "g_factual_error_rate": 0.02,
        "g_brand_complaints": 0.0,
    }
    assert CATALOGUE["g_cwv_pass"].direction is Direction.NOT_BELOW_POINTS
    assert CATALOGUE["ai_acceptance"].band == (0.70, 0.95)


def test_a_chain_is_only_named_where_money_is_made_or_saved() -> None:
    assert all(row.is_outcome for row in CATALOGUE.values() if row.chain is not Chain.NONE)


@pytest.mark.parametrize("row", OUTPUT, ids=lambda row: row.key)
def test_the_linter_catches_output_by_every_name(row: MetricType) -> None:
    assert looks_like_output(row.english)
    assert looks_like_output(row.dutch)
    assert looks_like_output(row.key)


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.key)
def test_the_linter_lets_everything_else_pass(row: MetricType) -> None:
    assert looks_like_output(row.english) is None
    assert looks_like_output(row.dutch) is None


@pytest.mark.parametrize(
    "name",
    [
        "Articles generated a week",
        "Number of AI articles",
        "Aantal gepubliceerde productpagina's",
        "# prompts",
        "Blogposts geschreven",
        "Total keywords",
        "Page authority score",
        "meta descriptions rewritten",
    ],
)
def test_the_linter_catches_invented_names(name: str) -> None:
    assert looks_like_output(name)


@pytest.mark.parametrize(
    "name",
    [
        "Clicks on published pages",
        "Number of qualified leads",
        "Aantal antwoorden met onze naam",
        "Kosten per gepubliceerde pagina",
        "Landing page conversion rate",
        "",
    ],
)
def test_the_linter_leaves_results_alone(name: str) -> None:
    assert looks_like_output(name) is None


def test_a_running_total_is_recognised() -> None:
    assert never_falls([3, 5, 5, 8, 9, 9, 12, 14])


@pytest.mark.parametrize("values", [[], [1, 2, 3], [5] * 12, [1, 2, 3, 4, 5, 6, 7, 6.5]])
def test_a_series_that_can_fall_is_no_running_total(values: list[float]) -> None:
    assert not never_falls(values)
