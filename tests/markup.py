"""A strict reader of our own pages: what a browser would silently mend or a screen reader would trip over."""

import re
from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What may not stand inside a paragraph: a browser would end the paragraph before it.
BLOCKS = {"div", "dl", "fieldset", "form", "h1", "h2", "h3", "hr", "nav", "ol", "p", "section", "table", "ul"}
POINTERS = {"for", "aria-labelledby", "aria-describedby", "aria-controls", "form"}


class Reader(HTMLParser):
    """Collects faults while it reads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.pointed_at: set[str] = set()
        self.links: list[str] = []
        self.faults: list[str] = []
        self.headings: list[int] = []
        self.fields: list[set[str]] = []  # the names in each form that posts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if len(given) != len(attrs):
            self.faults.append(f"<{tag}> names an attribute twice")
        self._nest(tag)
        self._identify(tag, given)
        self._note(tag, given)
        if tag not in VOID:
            self.open.append(tag)

    def _nest(self, tag: str) -> None:
        if tag in BLOCKS and "p" in self.open:
            self.faults.append(f"<{tag}> inside <p>")
        if tag in {"a", "button"} and {"a", "button"} & set(self.open):
            self.faults.append(f"<{tag}> inside a link or button")

    def _note(self, tag: str, given: dict[str, str]) -> None:
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form" and given.get("method", "").lower() == "post":
            self.fields.append(set())
        elif self.fields and "name" in given and "form" in self.open:
            self.fields[-1].add(given["name"])

    def _identify(self, tag: str, given: dict[str, str]) -> None:
        if (own := given.get("id")) is not None:
            if own in self.ids or not own or " " in own:
                self.faults.append(f"<{tag}> has no id of its own: “{own}”")
            self.ids.add(own)
        for name in POINTERS & set(given):
            self.pointed_at.update(given[name].split())
        if given.get("href", "").startswith("#"):
            self.pointed_at.add(given["href"][1:])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def verdict(self) -> list[str]:
        found = list(self.faults)
        found += [f"<{tag}> is never closed" for tag in self.open]
        found += [f"nothing has the id “{name}”" for name in sorted(self.pointed_at - self.ids)]
        found += ["a form posts without its token" for names in self.fields if "csrfmiddlewaretoken" not in names]
        if self.headings[:1] != [1] or self.headings.count(1) != 1:
            found.append("the page needs one <h1>, first")
        steps = zip(self.headings, self.headings[1:], strict=False)
        found += [f"<h{after}> follows <h{before}>" for before, after in steps if after > before + 1]
        return found


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def text(answer: Any) -> str:
    """The page without its markup and with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
