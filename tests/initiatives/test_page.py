"""The page of an initiative, as people read it."""

import re
from html import unescape
from typing import Any

import pytest

from initiatives.models import Initiative
from tests.cast import Caller, Cast
from tests.initiatives import build
from tests.markup import read

pytestmark = pytest.mark.usefixtures("monday")


def text(answer: Any) -> str:
    """The words of the page's main part, with single spaces."""
    page = answer.content.decode()
    words = re.sub(r"<[^>]+>", " ", page[page.index("<main") :])
    return re.sub(r"\s+", " ", re.sub(r"\s+([,.:;])", r"\1", unescape(words)))


def page_of(initiative: Initiative, cast: Cast, *, part: str = "") -> str:
    answer = Caller(cast.tom).get(f"/initiatives/{initiative.ref}/{part}")
    assert answer.status_code == 200
    assert read(answer.content.decode()).verdict() == []
    return text(answer)


def test_a_draft_says_who_answers_for_it_and_that_nothing_is_agreed(cast: Cast) -> None:
    draft = build.a_draft(cast)

    page = page_of(draft, cast)

    assert "AI-refreshed product pages" in page
    assert "Tom Bakker Owner, SEO lead" in page
    assert "Nobody Sponsor, empty since Mon 2 Mar" in page
    assert "Serves the goal More qualified leads. No main KPI yet." in page


def test_lena_does_not_learn_that_it_exists(cast: Cast) -> None:
    draft = build.a_draft(cast)

    answers = [Caller(cast.lena).get(f"/initiatives/{ref}/") for ref in (draft.ref, "INI-999999", "S-1", "x")]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]


def test_its_number_leads_to_it_from_the_search(cast: Cast) -> None:
    draft = build.a_draft(cast)

    found = Caller(cast.tom).get("/search/", q=draft.ref)

    assert (found.status_code, found["Location"]) == (302, f"/initiatives/{draft.ref}/")
