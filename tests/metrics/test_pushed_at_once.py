"""A tool that lost patience sends the same request again while the first is still being answered."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from metrics.models import Batch, Snapshot
from ownership.models import Event, IdempotencyKey, Token
from ownership.policy import Scope
from tests.cast import MONDAY, Caller, assemble
from tests.metrics.builders import a_kpi

THREADS = 8


@pytest.mark.django_db(transaction=True)
def test_eight_twins_at_once_have_one_effect_and_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY)
    cast = assemble()
    kpi, ends = a_kpi(cast.marketing), MONDAY.replace(day=3)
    scopes: list[str] = [Scope.METRICS_WRITE]
    _row, token = Token.objects.issue(user=cast.tom, name="Shop", scopes=scopes, at=MONDAY, expires_at=ends)
    rows = [{"kpi": kpi.pk, "period_start": f"2026-01-{day:02}", "num": day} for day in range(1, 29)]
    body = {"unit": cast.marketing.pk, "reason": "Nightly", "rows": rows}
    together = Barrier(THREADS)

    def send(_number: int) -> Any:
        caller = Caller(token=token)
        together.wait()
        try:
            return caller.send("POST", "/api/v1/snapshots/bulk/", body, **{"Idempotency-Key": "nightly-1"})
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as tools:
        answers = list(tools.map(send, range(THREADS)))

    assert {answer.status_code for answer in answers} == {201}
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert sum(answer.headers.get("Idempotency-Replayed") == "true" for answer in answers) == THREADS - 1
    assert (Batch.objects.count(), Snapshot.objects.count(), IdempotencyKey.objects.count()) == (1, 28, 1)
    assert Event.objects.filter(data__action="values.pushed").count() == 1
