"""Hostile input to every operation of docs/openapi.yaml: refused in words, as declared, with nothing half-written."""

import json
import re
from collections import Counter
from typing import Any

import pytest
import yaml
from django.db import transaction
from django.utils.http import urlencode
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from config.environment import ROOT
from ownership.models import Event, Token
from tests.cast import MONDAY, Caller, Cast
from tests.initiatives import build
from tests.metrics.builders import a_kpi, a_source, daily, store

API = yaml.load(ROOT.joinpath("docs/openapi.yaml").read_bytes(), yaml.CSafeLoader)
OPERATIONS = [(method, path) for path, found in API["paths"].items() for method in found]
EXAMPLES = 8  # of each operation, by whichever actor
MAY_HOLD_ANYTHING: dict[str, Any] = {"a": {"b": [None, True, 1, "x"]}}


def deep(levels: int) -> Any:
    return [deep(levels - 1)] if levels else 1


HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from([2**63, -(2**63), 10**400, -1, 0, 1e308, 1.5, deep(5), deep(33), [], {}, [[]], {"": None}]),
    st.sampled_from(
        ["\0", "\ud800", "a\u202eb", "\uff11\uff12", " ", "9999-12-31", "2999-01-01", "0000-00-00", "2026-02-30"]
    ),
    st.sampled_from(
        ["NaN", "Infinity", "1e999", "null", "' OR 1=1 --", "../../etc", "<b>", "%s %(x)s {0}", "y" * 20_001]
    ),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.lists(st.integers() | st.none(), max_size=3),
)
VERSIONS = st.sampled_from(
    ['"1"', '"1"', "", '"0"', '"99999999999999999999"', "x", "*", 'W/"1"', '"-1"', '"' + "a" * 64 + '"']
)
QUERIES = st.sampled_from(
    ["", "", "limit=0", "limit=x", "limit=1001", "limit=²", "cursor=x", "cursor=cD0x", "cursor=1.1.x", "cursor=%00",
     "ordering=-pk", "x=1", "limit=1&limit=2", "%FF=1"]
)  # fmt: skip


HARM = st.sampled_from(
    ["none", "field", "field", "field", "unknown", "missing", "all", "address", "version", "key", "query"]
)
KEYS = st.sampled_from(["", "short", "\x7f" * 9])
QUESTIONS = st.sampled_from(["F1.1", "F1.2", "F9.9"])
ELSEWHERE = st.sampled_from([999999, "INI-1", "9" * 18])
ODD = st.one_of(
    st.sampled_from(["NaN", "x", "-1", "9" * 30, "1e400", "\0", "2026-02-30", "\u202e", "", "true", "1", "é" * 300]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
)


def meant(schema: dict[str, Any], ids: list[int]) -> st.SearchStrategy[Any]:
    """What the schema asks for, mostly."""
    if "$ref" in schema:
        return meant(API["components"]["schemas"][schema["$ref"].rpartition("/")[2]], ids)
    if "oneOf" in schema or "allOf" in schema:
        return st.one_of([meant(one, ids) for one in schema.get("oneOf") or schema["allOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if "properties" in schema:
        needed = {
            name: meant(one, ids) for name, one in schema["properties"].items() if name in schema.get("required", [])
        }
        free = {name: meant(one, ids) for name, one in schema["properties"].items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=free)
    if kind == "array":
        return st.lists(meant(schema["items"], ids), min_size=1, max_size=2)
    is_day = schema.get("format") == "date"
    plain: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.sampled_from(ids) | st.integers(1, 9),
        "number": st.sampled_from([0.5, 1, 0.05]),
        "boolean": st.booleans(),
        "string": st.sampled_from(["2026-03-01", "2026-02-20"])
        if is_day
        else st.sampled_from(["Because", "title_rewrite"]),
        "object": st.just(MAY_HOLD_ANYTHING),
    }
    return plain[kind]


@st.composite
def queries(draw: st.DrawFn, operation: dict[str, Any]) -> str:
    names = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
    if not names or draw(st.booleans()):
        return draw(QUERIES)
    return urlencode({draw(st.sampled_from(names)): draw(ODD)})


@st.composite
def bodies(draw: st.DrawFn, operation: dict[str, Any], ids: list[int], harm: str) -> Any:
    """A body as it is meant, but for the harm."""
    (content, *_) = operation["requestBody"]["content"].values()
    if harm == "all":
        return draw(HOSTILE)
    body = draw(meant(content["schema"], ids))
    if harm == "unknown":
        body[draw(st.text(max_size=9))] = draw(HOSTILE)
    elif harm == "missing" and body:
        del body[draw(st.sampled_from(sorted(body)))]
    elif harm == "field" and body:
        body[draw(st.sampled_from(sorted(body)))] = draw(HOSTILE)
    return body


@pytest.fixture
def company(cast: Cast) -> Cast:
    """A pilot with its seats and figures; requests to it are tried and undone."""
    build.a_pilot(cast)
    build.a_draft(cast, "Named in AI answers")
    source = a_source(cast.marketing)
    kpi = a_kpi(cast.marketing, source, name="Other leads")
    store(source, daily(kpi, [20.0] * 14))
    return cast


def actors(cast: Cast) -> dict[str, Caller]:
    def token(person: Any, *scopes: str) -> str:
        ends = MONDAY.replace(day=3)
        return Token.objects.issue(user=person, name="t", scopes=list(scopes), at=MONDAY, expires_at=ends)[1]

    return {
        "owner": Caller(cast.tom),
        "lead": Caller(cast.noor),
        "admin": Caller(cast.eva),
        "other unit": Caller(cast.lena),
        "token": Caller(token=token(cast.tom, "read", "write", "decide")),
        "reading token": Caller(token=token(cast.tom, "read")),
        "bad token": Caller(token="mdt_00000000_" + "x" * 43 + "00000000"),
    }


def refused(method: str, path: str, answer: Any) -> list[str]:
    """What is wrong with a refusal; nothing for an answer that is none."""
    declared = API["paths"][path][method]["responses"]
    found = [] if str(answer.status_code) in declared else [f"{answer.status_code} is not declared"]
    if answer.status_code < 400:
        return found
    problem = answer.json()
    found += [] if answer["Content-Type"] == "application/problem+json" else [answer["Content-Type"]]
    found += [] if re.fullmatch(r"/problems/[a-z-]+", problem["type"]) else [problem["type"]]
    found += [] if problem["detail"].strip() and problem["request_id"] else ["no words"]
    if answer.status_code in {400, 422} and not (
        problem.get("field")
        or "pointer" in problem
        or problem.get("items")
        or any(e["field"] for e in problem.get("errors", []))
    ):
        found.append(f"names nothing: {problem}")
    return found


class Attack:
    """Requests with one thing wrong in most; `surprises` are the answers that should have been others."""

    def __init__(self, callers: dict[str, Caller], reader: Caller) -> None:
        self.callers = callers
        for caller in callers.values():
            caller.client.raise_request_exception = False
        lists = [path for method, path in OPERATIONS if method == "get" and "{" not in path]
        rows = {path.split("/")[3]: reader.get(path).json().get("results", []) for path in lists}
        self.keys = {kind: [row.get("key", row.get("id", 1)) for row in found] for kind, found in rows.items()}
        self.ids = sorted({row["id"] for found in rows.values() for row in found if "id" in row})
        self.surprises: list[str] = []
        self.answers: Counter[int] = Counter()

    def often(self, method: str, path: str) -> None:
        @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
        @given(st.data())
        def run(data: st.DataObject) -> None:
            self.once(method, path, data)

        run()

    def once(self, method: str, path: str, data: st.DataObject) -> None:
        operation, events = API["paths"][path][method], Event.objects.count()
        who, harm = data.draw(st.sampled_from(sorted(self.callers))), data.draw(HARM)
        keys = st.sampled_from(self.keys[path.split("/")[3]] or [1])
        url = path.replace("{question}", data.draw(QUESTIONS))
        url = re.sub(r"\{\w+\}", lambda _: str(data.draw(ELSEWHERE if harm == "address" else keys)), url)
        headers = {
            "If-Match": data.draw(VERSIONS) if harm == "version" else '"1"',
            "Idempotency-Key": data.draw(KEYS) if harm == "key" else "twelve-chars",
        }
        query = data.draw(queries(operation)) if harm == "query" else ""
        body = data.draw(bodies(operation, self.ids, harm)) if "requestBody" in operation else {}

        place = transaction.savepoint()
        sent = {name: value for name, value in headers.items() if value}
        answer = self.callers[who].send(method.upper(), f"{url}?{query}", body, **sent)
        faults = refused(method, path, answer)
        if 400 <= answer.status_code < 500 and Event.objects.count() != events and not is_told(path, answer):
            faults.append("an event of a refused request")
        transaction.savepoint_rollback(place)

        self.answers[answer.status_code] += 1
        self.surprises += [f"{who}: {method} {url}?{query} {sent} {body!r:.300}: {faults}"] if faults else []


def is_told(path: str, answer: Any) -> bool:
    """Done without a grant: the one refusal that the ledger must remember."""
    return path.endswith("/applied/") and bool(answer.status_code == 409)


def test_no_operation_is_surprised(company: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownership.clock.now", lambda: MONDAY)
    attack = Attack(actors(company), Caller(company.noor))

    for method, path in OPERATIONS:
        attack.often(method, path)

    assert not attack.surprises, "\n".join(attack.surprises[:40])
    assert attack.answers.keys() >= {200, 400, 401, 403, 404}, attack.answers


def test_the_description_is_walked_whole() -> None:
    assert len(OPERATIONS) > 110
    assert json.dumps(deep(33)).count("[") == 33
