"""Whatever the schedule: silence climbs, waits or ends; it never grants what no rule permitted, and never settles."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.models import Decision, OutcomeReview, Recommendation
from decisions.services import recommendations, reviews
from initiatives.models import Flag
from ownership.models import Seat
from tests.decisions.desk import NOW, TITLE, Desk
from tests.decisions.reviews import look_back

LOOKS = st.lists(st.integers(1, 200), min_size=1, max_size=14)  # hours between two looks of the clock
EMPTIED = st.dictionaries(st.integers(0, 13), st.sampled_from(["decider", "owner", "sponsor"]), max_size=3)
TIMEOUTS = st.sampled_from(["escalate", "reject", "hold"])
FEW = settings(max_examples=25, deadline=None)


def empty(desk: Desk, seat: str, at: Any) -> None:
    """Somebody leaves in the middle of it."""
    seats: dict[str, Any] = {
        "decider": desk.domains["title_rewrite"].decider_id,
        "owner": desk.initiative.owner_id,
        "sponsor": desk.initiative.sponsor_id,
    }
    Seat.objects.filter(pk=seats[seat]).update(holder=None, vacant_since=at)


def test_silence_never_grants_what_no_rule_permitted(desk: Desk) -> None:
    @FEW
    @given(LOOKS, EMPTIED, TIMEOUTS, st.integers(1, 9))
    def run(looks: list[int], emptied: dict[int, str], on_timeout: str, sla: int) -> None:
        place = transaction.savepoint()
        then = {"authority": "human_confirms", "because": "So", "sla": sla, "on_timeout": on_timeout}
        desk.publish("title_rewrite", table=[{"code": "X1", "when": {}, "then": then}])
        row, at = desk.posted(TITLE, key=f"{looks}{emptied}{on_timeout}{sla}"[:120]), NOW
        asked = [row.due_on]
        for number, hours in enumerate(looks):
            at += timedelta(hours=hours)
            if number in emptied:
                empty(desk, emptied[number], at)
            row = Recommendation.objects.get(pk=row.pk)
            act = recommendations.lapse(recommendation=row, by=None, at=at, expected_version=row.version)
            assert act in {"", "escalated", "held", "timed_out"}
            asked.append(row.due_on)

        assert row.state in {"waiting", "rejected"}
        assert (row.granted_at, row.applied_at, row.may_apply(on=at.date())) == (None, None, 0)
        assert not Decision.objects.exists()
        assert len(set(asked)) <= 6, "four seats in line, the leads, and then nobody"
        assert (row.due_on is not None or row.state == "rejected") or row.flags().count() == 1
        transaction.savepoint_rollback(place)

    run()


def test_silence_never_settles_an_outcome_nor_touches_what_it_is_about(desk: Desk) -> None:
    @FEW
    @given(LOOKS, EMPTIED, st.integers(0, 4))
    def run(looks: list[int], emptied: dict[int, str], rung: int) -> None:
        place = transaction.savepoint()
        (review,) = look_back(desk, [""])
        OutcomeReview.objects.filter(pk=review.pk).update(rung=rung, due_on=NOW.date(), due_at=NOW)
        before, at, rungs = Recommendation.objects.values().get(pk=review.recommendation_id), NOW, [rung]
        for number, hours in enumerate(looks):
            at += timedelta(hours=hours)
            if number in emptied:
                empty(desk, emptied[number], at)
            review = OutcomeReview.objects.get(pk=review.pk)
            act = reviews.lapse_review(review=review, by=None, at=at, expected_version=review.version)
            assert act in {"", "escalated", "held"}
            rungs.append(review.rung)

        assert (review.result, review.reviewed_by, review.reviewed_at) == ("", None, None)
        assert rungs == sorted(rungs), "nobody is asked twice"
        assert rungs[-1] <= 6
        assert (rungs[-1] == 6) == Flag.objects.open().filter(subject=f"review:{review.pk}").exists()
        assert Recommendation.objects.values().get(pk=review.recommendation_id) == before
        transaction.savepoint_rollback(place)

    run()
