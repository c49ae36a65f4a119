"""English and Dutch are both complete: what the product says in English, the catalogue says in Dutch."""

import gettext
import re

import pytest
from django.test import Client

from tests import messages

CATALOGUE = messages.messages(messages.kept())
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+>")
PERCENT = re.compile(r"%(?!\()")
RANGE = re.compile(r"(80|95)%%?(-bereik| range)")  # names a range, whose ends stand beside it
NO_FIGURE_OF_OURS = {"Do two sources agree within 10%?", "Komen twee bronnen binnen 10% overeen?", "%(fact)s, in %%"}


def places(text: str) -> list[str]:
    return sorted(PLACE.findall(text))


def test_every_text_of_the_product_has_its_dutch() -> None:
    known = {message.id for message in CATALOGUE}

    new = sorted(f"{path}: {text}" for text, path in messages.texts() if text not in known)

    assert (new, messages.lacking(messages.kept())) == ([], []), "make messages, then give these their Dutch"


def test_what_is_served_is_what_was_translated() -> None:
    with messages.MO.open("rb") as file:
        served = gettext.GNUTranslations(file)

    for message in CATALOGUE:
        match messages.forms(message.id):
            case [text]:
                said: tuple[str, ...] = (served.gettext(text),)
            case [one, many]:
                said = served.ngettext(one, many, 1), served.ngettext(one, many, 2)
        assert said == messages.forms(message.string), "make messages"


def test_the_dutch_fills_the_same_places() -> None:
    """Each form those of its English; only the singular may say "one" for a number."""
    for message in CATALOGUE:
        english, dutch = messages.forms(message.id), messages.forms(message.string)

        assert len(dutch) == len(english), message.id
        assert places(dutch[-1]) == places(english[-1]), message.id
        assert set(places(dutch[0])) <= {*places(english[0]), *places(english[-1])}, message.id


def test_no_text_holds_a_bare_percentage() -> None:
    said = {text for message in CATALOGUE for text in messages.forms(message.id) + messages.forms(message.string)}

    assert {text for text in said if PERCENT.search(RANGE.sub("", text))} <= NO_FIGURE_OF_OURS


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('_("Yes")', ["Yes"]),
        ('gettext_lazy("Two " "lines")', ["Two lines"]),
        ('ngettext_lazy("%(n)s day", "%(n)s days", "n")', [("%(n)s day", "%(n)s days")]),
        ('words["Yes"]', []),
        ("_(text)", []),
    ],
)
def test_texts_are_found_in_modules(source: str, texts: list[messages.Text]) -> None:
    assert list(messages.of_module(source)) == texts


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('<p>{% translate "80% range" %}</p>', ["80%% range"]),
        ('{% badge _("Open") "none" %}\n   {{ name|default:_("nobody") }}', ["Open", "nobody"]),
        (
            "{% blocktranslate count n=n %}One{% plural %}{{ n }} of them{% endblocktranslate %}",
            [("One", "%(n)s of them")],
        ),
    ],
)
def test_texts_are_found_in_templates(source: str, texts: list[messages.Text]) -> None:
    assert list(messages.of_template(source)) == texts


def test_the_api_refuses_in_the_language_that_it_is_asked_in(client: Client) -> None:
    answer = client.get("/api/v1/nowhere/", headers={"Accept-Language": "nl"})

    assert (answer.status_code, answer["Content-Language"]) == (404, "nl")
    assert answer.json()["title"] == "Niet gevonden"
