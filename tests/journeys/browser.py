"""A browser without JavaScript: it follows links and sends the forms that a page shows, hidden fields and all."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from webtest import Form, TestApp, TestResponse

from config.wsgi import application
from ownership.models import User
from tests.cast import let_in

TestApp.__test__ = False  # it is no test, whatever its name


class Browser:
    """Somebody who is logged in and looks at one page at a time."""

    def __init__(self, user: User) -> None:
        self.app = TestApp(application, extra_environ={"HTTP_HOST": "testserver"})
        session = Client()
        let_in(session, user)
        self.app.set_cookie(settings.SESSION_COOKIE_NAME, session.cookies[settings.SESSION_COOKIE_NAME].value)

    def open(self, address: str, status: int = 200) -> TestResponse:
        self.page: TestResponse = self.app.get(address, status=status)
        return self.page

    def follow(self, text: str) -> None:
        """Click the first link in the page's content that has this text in it."""
        links = [link for link in self.page.html.main.select("a[href]") if text in link.get_text(" ", strip=True)]
        assert links, f"No link at {self.address} says {text!r}"
        self.open(str(links[0]["href"]))

    @property
    def address(self) -> str:
        """Where we are."""
        return str(urlsplit(self.page.request.url).path)

    def find(self, at: str, names: set[str]) -> Form:
        """The first form on the page that has all these fields and is sent to an address that ends with `at`."""
        for form in self.page.forms.values():
            if names <= set(form.fields) and (form.action or self.address).endswith(at):
                return form
        shown = {form.action: sorted(filter(None, form.fields)) for form in self.page.forms.values()}
        raise AssertionError(f"No form at {self.address} has the fields {names} and goes to {at}; there are {shown}")

    def fill(self, *, at: str = "", press: tuple[str, str] | None = None, refused: int = 0, **fields: Any) -> None:
        """Fill in a form and send it with the button `press`. `refused` is the status of a no that is expected."""
        form = self.find(at, {*fields, *([press[0]] if press else [])})
        for field, typed in fields.items():
            form[field] = typed
        name, value = press or (None, None)
        self.page = form.submit(name, value=value, expect_errors=True)
        if refused:
            assert self.page.status_int == refused, self.page.status
        else:
            assert self.page.status_int in {302, 303}, f"{self.page.status} {self.address}: {errors_on(self.page)}"
            self.page = self.page.follow()


def errors_on(page: TestResponse) -> list[str]:
    """What the page says is wrong."""
    return [tag.get_text(" ", strip=True) for tag in page.html.select(".errors, .errorlist, .error, [role=alert]")]
