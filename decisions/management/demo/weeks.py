"""What returns every few weeks whatever the story: the judge looks, and sponsors look too."""

from typing import Final

from decisions.management.demo import figures
from decisions.management.demo.agenda import WEEK, Ago, Story
from decisions.management.demo.house import House
from decisions.management.demo.people import LEAVER
from initiatives.models import Watch
from initiatives.services import evidence, judging

FIRST: Final = figures.TITLES - figures.TITLES % WEEK + 2  # the Monday's figures are in before the judge looks
EVERY: Final = 18  # working days between two looks of a sponsor; after thirty days without one a flag is raised

# Who stands behind what runs, and the working days before today between which they look.
SPONSORS: Final = {
    "titles": ("marieke", figures.TITLES - 6, 2),
    "images": ("marieke", figures.IMAGES + 5, figures.IMAGES - 20),
    "outreach": (LEAVER, figures.OUTREACH - 6, 6),
    "links": ("aisha", figures.LINKS - 6, 2),
    "products": ("marieke", figures.PRODUCTS - 6, 2),
    "articles": ("marieke", figures.ARTICLES - 6, 2),
}


def judged() -> Story:
    """The judge, once a week on that week's figures and once on yesterday's."""
    for days in (*range(FIRST, 1, -WEEK), 0):
        at = yield Ago(days, 12)
        Watch.objects.rouse(at=at)
        judging.judge(watches=Watch.objects.claim(at=at, limit=Watch.claim_size), at=at)


def watched_by(house: House, key: str, sponsor: str, first: int, last: int) -> Story:
    """A sponsor reads on, and stands for an answer that nobody verified yet."""
    for days in range(first, last, -EVERY):
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
