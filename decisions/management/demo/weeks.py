"""What returns every few weeks whatever the story: the judge looks, and sponsors look too."""

from typing import Final

from decisions.management.demo import figures
from decisions.management.demo.agenda import WEEK, Ago, Story
from decisions.management.demo.house import House
from decisions.management.demo.people import LEAVER
from initiatives.models import Watch
from initiatives.services import evidence, judging

FIRST: Final = figures.TITLES - figures.TITLES % WEEK + 2  # the Monday's figures are in before the judge looks
EVERY: Final = 16  # working days between two looks of a sponsor; after thirty days without one a flag is raised

# Who stands behind what runs, and the working days before today of their last look and the one they began with.
SPONSORS: Final = {
    "titles": ("marieke", 3, figures.TITLES + 8),
    "images": ("marieke", figures.IMAGES - 15, figures.IMAGES + 5),
    "outreach": (LEAVER, 5, figures.OUTREACH + 5),
    "links": ("aisha", 4, figures.LINKS + 5),
    "products": ("marieke", 6, figures.PRODUCTS + 5),
    "articles": ("marieke", 8, figures.ARTICLES + 5),
    "tables": ("marieke", 7, figures.TABLES + 5),
    "adviser": ("marieke", 9, figures.ADVISER + 5),
    "outlet": ("aisha", 5, figures.OUTLET + 5),
    "bespoke": ("aisha", 6, figures.BESPOKE + 5),
    "configurator": ("aisha", 7, figures.CONFIGURATOR + 5),
    "briefs": ("aisha", 3, figures.BRIEFS + 5),
}


def judged() -> Story:
    """The judge, once a week on that week's figures and once on yesterday's."""
    for days in (*range(FIRST, 1, -WEEK), 0):
        at = yield Ago(days, 12)
        Watch.objects.rouse(at=at)
        judging.judge(watches=Watch.objects.claim(at=at, limit=Watch.claim_size), at=at)


def watched_by(house: House, key: str, sponsor: str, last: int, first: int) -> Story:
    """A sponsor reads on, and stands for an answer that nobody verified yet."""
    for days in reversed(range(last, first, EVERY)):
        at = yield Ago(days, 16, 20)
        answer = house.initiative(key).answers.filter(verified_by=None).order_by("question").first()
        if answer:
            evidence.verify_answer(
                answer=answer,
                by=house.person(sponsor),
                at=at,
                expected_version=answer.version,
                reason="Read again, and still so",
            )
