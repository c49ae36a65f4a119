"""The people of every test, page and picture, and short ways to speak to Mandate as one of them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ownership.models import Organisation, Unit, User
from ownership.policy import Rank, Role
from ownership.presence import LOGGED_IN_AT

THE_END = datetime.max.replace(tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # when most tests begin


@dataclass
class Cast:
    """Everybody. Two units below the company: marketing, where INI-14 lives, and logistics, which must not see it."""

    company: Unit
    marketing: Unit
    logistics: Unit
    marieke: User
    tom: User
    aisha: User
    sanne: User
    daan: User
    joris: User
    noor: User
    eva: User
    ruth: User
    lena: User


def assemble() -> Cast:
    """The organisation, its units and its people, with the rights that a real one would give them."""
    Organisation.objects.get_or_create(pk=1, defaults={"name": "Sofa & Co", "blind_share": 0})
    company = Unit.objects.create(name="Sofa & Co")
    marketing = Unit.objects.create(name="Marketing", parent=company)
    logistics = Unit.objects.create(name="Logistics", parent=company)
    for unit in (company, marketing, logistics):
        unit.refresh_from_db()

    def person(name: str, title: str, unit: Unit, role: Role = Role.MEMBER, rank: Rank = Rank.STAFF) -> User:
        email = f"{name.split()[0].lower()}@mandate.example"
        return User.objects.create_user(email, None, name=name, title=title, unit=unit, role=role, rank=rank)

    return Cast(
        company=company,
        marketing=marketing,
        logistics=logistics,
        marieke=person("Marieke de Vries", "CMO", company, rank=Rank.BOARD),
        tom=person("Tom Bakker", "SEO lead", marketing, rank=Rank.MANAGER),
        aisha=person("Aisha Yılmaz", "Content lead", marketing, rank=Rank.DIRECTOR),
        sanne=person("Sanne Kok", "Outreach", marketing),
        daan=person("Daan Visser", "Analyst", marketing),
        joris=person("Joris Maas", "Technical SEO", marketing),
        noor=person("Noor Hendriks", "Portfolio lead", company, role=Role.LEAD, rank=Rank.DIRECTOR),
        eva=person("Eva Smit", "Administrator", company, role=Role.ADMIN),
        ruth=person("Ruth Cohen", "Auditor", company, role=Role.AUDITOR),
        lena=person("Lena Otto", "Planner", logistics, rank=Rank.DIRECTOR),
    )


def let_in(client: Client, user: User, *, at: datetime = THE_END) -> None:
    """Log somebody in; whatever the hour, they did so lately, unless the test says when."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[LOGGED_IN_AT] = at.isoformat()
    session.save()


@dataclass
class Caller:
    """Somebody at a browser or behind a token. `seen` is the version, or the hash, that they saw."""

    user: User | None = None
    token: str = ""

    def __post_init__(self) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {self.token}"} if self.token else {})
        if self.user is not None and not self.token:
            let_in(self.client, self.user)

    def get(self, url: str, **query: Any) -> Any:
        return self.client.get(url, query)

    def form(self, url: str, **fields: Any) -> Any:
        """Send a page's form."""
        return self.client.post(url, fields)

    def upload(self, url: str, data: bytes, *, seen: int | None = None, **fields: Any) -> Any:
        """Send a file, to a page or to the API."""
        headers = {} if seen is None else {"If-Match": f'"{seen}"'}
        return self.client.post(url, {"file": SimpleUploadedFile("a-file", data), **fields}, headers=headers)

    def post(self, url: str, *, seen: int | str | None = None, **body: Any) -> Any:
        return self.send("POST", url, body, seen=seen)

    def patch(self, url: str, *, seen: int | str | None = None, **body: Any) -> Any:
        return self.send("PATCH", url, body, seen=seen)

    def put(self, url: str, *, seen: int | str | None = None, **body: Any) -> Any:
        return self.send("PUT", url, body, seen=seen)

    def send(self, method: str, url: str, body: Any, *, seen: int | str | None = None, **headers: str) -> Any:
        """JSON to the API; a body of bytes goes out as it is."""
        if seen is not None:
            headers["If-Match"] = f'"{seen}"'
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.generic(method, url, data, content_type="application/json", headers=headers)
