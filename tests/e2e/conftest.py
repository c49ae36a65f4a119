"""A browser in front of a running Mandate, logged in as anyone of the cast."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import axe_playwright_python
import pytest
import time_machine
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from ownership.models import User
from tests import cluster
from tests.cast import let_in
from tests.conftest import DEMO_NOW, Demo

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HEIGHT = 900  # px
PATIENCE = 120_000  # ms: a busy machine is slow, not wrong
Look = tuple[int, Literal["light", "dark"]]  # px, theme
WIDTHS = (320, 390, 1440)
EVERY_LOOK: tuple[Look, ...] = (*((px, "light") for px in (*WIDTHS, 1024)), *((px, "dark") for px in WIDTHS))
EXTREMES: tuple[Look, ...] = ((320, "dark"), (1440, "light"))

VIOLATIONS = """async (tags) => {
  const found = await axe.run({runOnly: {type: "tag", values: tags}, resultTypes: ["violations"], elementRef: false});
  return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(", ")}`);
}"""
# Words that a box cuts off: buttons, badges, chips and cells never may; an ellipsis in a list is meant.
CLIPPED = """() => [...document.querySelectorAll("button, .button, .badge, .chips label, td, th, dd, h1, h2")]
  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow !== "visible")
  .map((e) => e.textContent.trim().slice(0, 40))"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Chromium is not installed: apt install chromium")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread beside the tests' queries
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@dataclass
class Visit:
    """One person at one window: what they open, and all that is wrong there."""

    base: str
    context: BrowserContext
    page: Page
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.said.append(f"script: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(f"console: {message.text}")

    def open(self, path: str) -> int:
        answer = self.page.goto(self.base + path, wait_until="load")
        return answer.status if answer else 0

    def faults(self, *, axe: bool = True) -> list[str]:
        """What is wrong with the page as it now stands: axe, sideways overflow, clipped words, the console, CSP."""
        found, self.said = self.said, []
        beyond = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found += [f"overflow: {beyond} px"] if beyond > 0 else []
        found += [f"clipped: {words}" for words in self.page.evaluate(CLIPPED)]
        if not axe:
            return found
        if self.page.evaluate("typeof axe === 'undefined'"):
            self.page.evaluate(AXE)
        return found + [f"axe {violation}" for violation in self.page.evaluate(VIOLATIONS, RULES)]

    def inspect(self, path: str, looks: Iterable[Look] = EXTREMES, *, status: int = 200) -> list[str]:
        """What is wrong with a page in any of the looks. It is loaded once and resized; axe, which takes most of the
        time, looks at the extremes."""
        found = [] if (answered := self.open(path)) == status else [f"status {answered}"]
        for width, scheme in looks:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.emulate_media(color_scheme=scheme)
            found += [f"{width} {scheme} {fault}" for fault in self.faults(axe=(width, scheme) in EXTREMES)]
        return found


Enter = Callable[..., Visit]


@pytest.fixture
def enter(browser: Browser, live_server: LiveServer) -> Iterator[Enter]:
    """`enter(tom, width=390, scheme="dark", language="nl")` gives a window in which Tom is logged in."""
    contexts: list[BrowserContext] = []

    def opened(
        who: User | None, *, width: int = 1440, scheme: str = "light", language: str = "en", scripts: bool = True
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language}
        if who is not None:
            client = Client()
            let_in(client, who)
            cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": key, "value": value, "url": live_server.url} for key, value in cookies.items()])
        return Visit(live_server.url, context, context.new_page())

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def demo(request: pytest.FixtureRequest, loaded_demo: Demo, transactional_db: None) -> Iterator[Demo]:
    """A copy for each test, on top of the empty one that every committing test gets."""
    copy = cluster.fresh(request.config.stash[cluster.DATABASES], template=loaded_demo.database)
    with copy, time_machine.travel(DEMO_NOW, tick=False):
        yield loaded_demo


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@sofa.example")
