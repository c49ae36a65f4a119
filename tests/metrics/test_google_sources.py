"""Search Console and GA4 on a fake with which Google's own clients work, and with the same numbers."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient.discovery_cache
import httplib2
import jsonschema
import pytest
from google.analytics.data_v1beta import BetaAnalyticsDataClient, types
from google.api_core.client_options import ClientOptions
from google.oauth2 import service_account as google_account
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document

from metrics.sources import AuthFailed, BadConfig, NoData, RateLimited, Transient, ga4, searchconsole
from metrics.sources.fakes.google import Google, service_account
from metrics.sources.fakes.serving import Reply
from ownership.outbound import Refused
from tests.metrics.vendors import FEBRUARY, TODAY, ask, client, private_key, running, values

FINAL, PROVISIONAL, SAMPLED, THRESHOLDED = 1, 2, 3, 4
SITE = "sc-domain:sofa.example"


@pytest.fixture
def google_() -> Iterator[tuple[Google, str]]:
    yield from running(Google)  # type: ignore[misc]  # of this kind


@pytest.fixture
def fake(google_: tuple[Google, str]) -> Google:
    return google_[0]


@pytest.fixture
def url(google_: tuple[Google, str]) -> str:
    return google_[1]


@pytest.fixture
def secret(url: str) -> str:
    return service_account(url, private_key())


def search(url: str, **changes: Any) -> dict[str, Any]:
    return {"property": SITE, "endpoint": url} | changes


def analytics(url: str, **changes: Any) -> dict[str, Any]:
    return {"property": "123456", "zone": "Europe/Amsterdam", "endpoint": url} | changes


# Google's own clients


@cache
def document(name: str) -> Any:
    """The discovery document that google-api-python-client brings along."""
    return json.loads(Path(googleapiclient.discovery_cache.__file__).with_name("documents").joinpath(name).read_text())


def require_contract(fake: Google, name: str, schema: str, path: str) -> None:
    """Every body that was sent to the path is valid after the discovery document: no field it does not know."""
    schemas = json.loads(
        json.dumps(document(name)["schemas"])
        .replace('"$ref": "', '"$ref": "#/$defs/')
        .replace('"type": "any"', '"title": ""')
    )
    for one in schemas.values():
        one.pop("id", None)
        one["additionalProperties"] = False
    bodies = [request.json for request in fake.asked if request.path.endswith(path)]
    assert bodies
    for body in bodies:
        jsonschema.validate(body, {"$ref": f"#/$defs/{schema}", "$defs": schemas})


def official_search(url: str, secret: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """All rows as google-api-python-client pages through them."""
    scopes = [searchconsole.SCOPE]
    account = google_account.Credentials.from_service_account_info(json.loads(secret), scopes=scopes)  # type: ignore[no-untyped-call]  # so it is
    with build_from_document(
        document("searchconsole.v1.json"),
        http=AuthorizedHttp(account, http=httplib2.Http()),
        client_options=ClientOptions(api_endpoint=url),
    ) as service:
        found: list[dict[str, Any]] = []
        while True:
            asked = service.searchanalytics().query(
                siteUrl=SITE, body=body | {"rowLimit": 25_000, "startRow": len(found)}
            )
            page = asked.execute(num_retries=2).get("rows", [])
            found += page
            if len(page) < 25_000:
                return found


def official_analytics(url: str, secret: str, *names: str, dimensions: tuple[str, ...] = ("date",)) -> list[Any]:
    """All rows as google-analytics-data gives them over REST."""
    account = google_account.Credentials.from_service_account_info(json.loads(secret))  # type: ignore[no-untyped-call]  # so it is
    transport = BetaAnalyticsDataClient.get_transport_class("rest")(
        host=url.removeprefix("http://"), credentials=account, url_scheme="http"
    )
    own = BetaAnalyticsDataClient(transport=transport)
    found: list[Any] = []
    while True:
        request = types.RunReportRequest(
            property="properties/123456",
            date_ranges=[types.DateRange(start_date="2026-02-01", end_date="2026-03-01")],
            dimensions=[types.Dimension(name=name) for name in dimensions],
            metrics=[types.Metric(name=name) for name in names],
            limit=50_000,
            offset=len(found),
        )
        report = own.run_report(request)
        found += report.rows
        if len(found) >= report.row_count:
            return found


def test_search_console_gives_what_googles_client_gives(fake: Google, url: str, secret: str) -> None:
    body = {"startDate": "2026-02-01", "endDate": "2026-03-01", "dimensions": ["DATE"], "dataState": "ALL"}
    for day in (TODAY, TODAY + timedelta(days=3)):  # the last days are partial at first, and revised later
        fake.today.day = day  # type: ignore[attr-defined]  # a Calendar

        official = {date.fromisoformat(row["keys"][0]): row for row in official_search(url, secret, body)}
        clicks = values(ask("searchconsole", search(url), secret, {"metric": "clicks"}))
        rate = values(ask("searchconsole", search(url), secret, {"metric": "ctr"}))
        position = values(ask("searchconsole", search(url), secret, {"metric": "position"}))

        assert len(official) > 25
        assert {day: num for day, (num, _den, _q) in clicks.items()} == {
            day: row["clicks"] for day, row in official.items()
        }
        assert {day: num / (den or 0) for day, (num, den, _q) in rate.items()} == {
            d: r["ctr"] for d, r in official.items()
        }
        assert {day: pytest.approx(num / (den or 0)) for day, (num, den, _q) in position.items()} == {
            day: row["position"] for day, row in official.items()
        }
    require_contract(fake, "searchconsole.v1.json", "SearchAnalyticsQueryRequest", "/searchAnalytics/query")


def test_analytics_gives_what_googles_client_gives(fake: Google, url: str, secret: str) -> None:
    for day in (TODAY, TODAY + timedelta(days=3)):
        fake.today.day = day  # type: ignore[attr-defined]  # a Calendar

        official = {
            row.dimension_values[0].value: row.metric_values
            for row in official_analytics(url, secret, "keyEvents", "sessions")
        }
        ours = values(ask("ga4", analytics(url), secret, {"metric": "keyEvents", "per": "sessions"}))

        assert len(official) > 25
        assert {f"{day:%Y%m%d}": (num, den) for day, (num, den, _q) in ours.items()} == {
            day: (float(num.value), float(den.value)) for day, (num, den) in official.items()
        }
    require_contract(fake, "analyticsdata.v1beta.json", "RunReportRequest", ":runReport")


def test_more_rows_than_fit_into_one_answer_are_all_counted(fake: Google, url: str, secret: str) -> None:
    fake.width = 2_000  # pages a day, 56,000 rows in all
    body = {"startDate": "2026-02-01", "endDate": "2026-03-01", "dimensions": ["DATE", "PAGE"], "dataState": "ALL"}

    official = official_search(url, secret, body)
    pages = values(ask("searchconsole", search(url), secret, {"metric": "pages"}))
    landing = values(ask("ga4", analytics(url), secret, {"count": "landingPage"}))
    official_landing = official_analytics(url, secret, "sessions", dimensions=("date", "landingPage"))

    assert len(official) > 50_000
    assert sum(num for num, _den, _q in pages.values()) == len(official)
    assert sum(num for num, _den, _q in landing.values()) == len(official_landing) == len(official)
    starts = [request.json["startRow"] for request in fake.asked if b'"startRow"' in request.body][3:]
    assert starts == [0, 25_000, 50_000]


def test_a_limit_is_waited_for_when_it_is_short(fake: Google, url: str, secret: str) -> None:
    busy = [Reply({"error": {"code": 429}}, 429, {"Retry-After": "1"}), Reply({"error": {"code": 503}}, 503)]
    token = Reply({"access_token": "x", "expires_in": 3599, "token_type": "Bearer"})

    fake.first = [token, *busy]
    ours = values(ask("searchconsole", search(url), secret))
    fake.first = [token, *busy]
    body = {"startDate": "2026-02-01", "endDate": "2026-03-01", "dimensions": ["DATE"], "dataState": "ALL"}
    official = official_search(url, secret, body)

    assert len(ours) == len(official) > 25


# What only we must get right


def test_the_last_days_are_provisional_and_an_empty_day_is_absent(url: str, secret: str) -> None:
    found = ask("searchconsole", search(url), secret)

    known = values(found)
    assert {day for day, (_n, _d, quality) in known.items() if quality == PROVISIONAL} == {
        date(2026, 2, 28),
        date(2026, 3, 1),
    }
    empty = [day for n in range(29) if (day := FEBRUARY.starts_on + timedelta(days=n)).toordinal() % 23 == 0]
    assert empty
    assert not set(empty) & set(known)
    assert found[-1] == NoData(1, date(2026, 2, 27))


def test_what_google_withholds_marks_the_figure(fake: Google, url: str, secret: str) -> None:
    asked = {"metric": "clicks", "filter": "query", "operator": "contains", "expression": "sofa"}

    filtered = values(ask("searchconsole", search(url), secret, asked))
    fake.about = {"subjectToThresholding": True, "samplingMetadatas": [{"samplesReadCount": "1"}]}
    lumped = values(ask("ga4", analytics(url), secret))
    fake.about = {"samplingMetadatas": [{"samplesReadCount": "500", "samplingSpaceSize": "900"}]}
    sampled = values(ask("ga4", analytics(url), secret))

    day = date(2026, 2, 2)
    assert [found[day][2] for found in (filtered, lumped, sampled)] == [THRESHOLDED, THRESHOLDED, SAMPLED]


@pytest.mark.parametrize(
    ("status", "body", "error", "seconds"),
    [
        (429, {"error": {"code": 429}}, RateLimited, 900),
        (403, {"error": {"errors": [{"reason": "quotaExceeded"}]}}, RateLimited, 900),
        (403, {"error": {"message": "no"}}, AuthFailed, None),
        (401, {"error": {"message": "no"}}, AuthFailed, None),
        (404, {"error": {"message": "no"}}, BadConfig, None),
        (400, {"error": {"message": "no"}}, BadConfig, None),
        (500, b"<html>", Transient, 900),
        (200, b"<html>", BadConfig, None),
        (200, [], BadConfig, None),
        (200, {"rows": [1]}, BadConfig, None),
        (200, {"rows": [{"clicks": 1}]}, BadConfig, None),
        (200, {"rows": [{"keys": ["2026-02-01"], "hits": 1}]}, BadConfig, None),
    ],
)
def test_each_refusal_says_whether_waiting_helps(
    status: int, body: Any, error: type[Exception], seconds: int | None, fake: Google, url: str, secret: str
) -> None:
    fake.first = [Reply({"access_token": "x", "expires_in": 3599, "token_type": "Bearer"}), *[Reply(body, status)] * 3]

    with pytest.raises(error) as told:
        ask("searchconsole", search(url), secret)

    assert getattr(told.value, "seconds", None) == seconds


def test_analytics_is_never_asked_again_after_a_server_error(fake: Google, url: str, secret: str) -> None:
    fake.first = [Reply({"access_token": "x", "expires_in": 3599, "token_type": "Bearer"}), Reply({}, 503)]

    with pytest.raises(Transient) as told:
        ask("ga4", analytics(url), secret)

    assert told.value.seconds == 900
    assert sum(request.path.endswith(":runReport") for request in fake.asked) == 1


def test_rows_that_move_between_two_pages_are_asked_again(fake: Google, url: str, secret: str) -> None:
    row = {"dimensionValues": [{"value": "20260201"}], "metricValues": [{"value": "1"}]}
    token = Reply({"access_token": "x", "expires_in": 3599, "token_type": "Bearer"})
    fake.first = [token, *[Reply({"rows": [row], "rowCount": 2})] * 2]

    with pytest.raises(Transient, match="moved"):
        ask("ga4", analytics(url), secret)


def test_a_property_in_another_zone_is_named(fake: Google, url: str, secret: str) -> None:
    with pytest.raises(BadConfig, match="Europe/Amsterdam"):
        ask("ga4", analytics(url, zone="America/New_York"), secret)


@pytest.mark.parametrize("broken", ["", "hunter2", "{}", '{"type": "service_account"}', "[]"])
def test_what_is_no_key_is_said_to_be_none(broken: str, url: str) -> None:
    with pytest.raises(AuthFailed):
        ask("searchconsole", search(url), broken)


def test_a_revoked_key_and_a_vanished_property_are_told_apart(fake: Google, url: str, secret: str) -> None:
    works = [kind.check(kind.Config(**config(url)), secret, client()) for kind, config in KINDS]
    fake.properties.clear()
    for kind, config in KINDS:
        with pytest.raises(AuthFailed, match="property"):
            kind.check(kind.Config(**config(url)), secret, client())
    fake.is_revoked = True
    with pytest.raises(AuthFailed, match="credential"):
        ask("ga4", analytics(url), secret)

    assert works == [None, None]


KINDS: list[tuple[Any, Any]] = [(searchconsole, search), (ga4, analytics)]


def test_a_token_endpoint_inside_the_house_is_not_asked(url: str) -> None:
    inner = service_account("http://169.254.169.254", private_key())

    with pytest.raises(Refused):
        ask("searchconsole", search(url), inner)
