"""What every template and the style sheet must keep, read as text: no browser, no database."""

import gzip
import re
from itertools import product
from pathlib import Path

import pytest
from django.template import engines

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEET = (ROOT / "static" / "app.css").read_text()
SPRITE = set(re.findall(r'<symbol id="i-(\w+)"', (ROOT / "templates" / "_icons.html").read_text()))

FORBIDDEN = {
    "style attribute": r"\sstyle\s*=",
    "style element": r"<style\b",
    "inline script": r"<script(?![^>]*\bsrc=)",
    "event handler": r"\son[a-z]+\s*=",
    "script address": r"javascript:",
    "data address": r"""(src|href)\s*=\s*["']data:""",
    "unescaped output": r"\|\s*safe\b|\bautoescape\s+off\b",
    "refresh by meta": r"http-equiv\s*=\s*[\"']refresh",
    "htmx evaluating code": r"\bhx-on\b|\bhx-vals\s*=\s*[\"']js:",
}
# `{{ share }}%` or `%(share)s%%`: a figure printed outside the tags that give it an interval or a whole.
BARE = re.compile(r"(\}\}|%\}|\)[sd]%)(\s|&nbsp;)?%(?!\})")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_compiles_and_holds_nothing_inline(path: Path) -> None:
    source = path.read_text()

    engines["django"].from_string(source)

    assert {what for what, pattern in FORBIDDEN.items() if re.search(pattern, source, re.I)} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_prints_no_bare_percentage(path: Path) -> None:
    assert BARE.findall(path.read_text()) == []


@pytest.mark.parametrize(
    "bare", ["{{ share }}%", "{{ share }} %", "{{ a|floatformat }}&nbsp;%", "%(n)s%%", "{% number x %}%"]
)
def test_the_lint_finds_a_bare_percentage(bare: str) -> None:
    assert BARE.search(bare)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_icon_is_in_the_sprite(path: Path) -> None:
    source = path.read_text()

    named = re.findall(r"""\{% icon ["'](\w+)["']""", source) + re.findall(r"""\{% badge \S+ "\w*" "(\w+)" %""", source)

    assert set(named) <= SPRITE


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_form_that_writes_carries_its_token(path: Path) -> None:
    forms = re.findall(r"<form\b.*?</form>", path.read_text(), re.S)

    assert [form for form in forms if 'method="post"' in form and "{% csrf_token %}" not in form] == []


def tokens(theme: int) -> dict[str, tuple[int, ...]]:
    """Every colour token of one theme (0 light, 1 dark) as red, green, blue."""
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", SHEET)
    return {key: tuple(int(pair[theme][n : n + 2], 16) for n in (1, 3, 5)) for key, *pair in pairs}


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """WCAG 2.2 contrast ratio of two sRGB colours."""

    def luminance(rgb: tuple[int, ...]) -> float:
        linear = [(c / 255) / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read_on_every_ground_it_stands_on(theme: int) -> None:
    colour = tokens(theme)
    grounds = ["paper", "surface", "sunken"]
    pairs = [*product(["ink", "muted", "accent", "good", "warn", "bad"], grounds), ("on-accent", "accent")]
    pairs += [(text, f"{tone}-soft") for tone in ("accent", "good", "warn", "bad") for text in (tone, "ink", "muted")]

    faint = {pair: round(contrast(colour[pair[0]], colour[pair[1]]), 2) for pair in pairs}

    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_border_of_a_control_can_be_seen(theme: int) -> None:
    colour = tokens(theme)

    assert min(contrast(colour["line-strong"], colour[ground]) for ground in ("paper", "surface", "sunken")) >= 3


def test_the_style_sheet_is_small() -> None:
    assert len(gzip.compress(SHEET.encode(), 9)) <= 12 * 1024  # brotli, which is served, makes less of it


@pytest.mark.parametrize("script", sorted((ROOT / "static").glob("*.js")), ids=lambda path: path.name)
def test_every_script_is_small(script: Path) -> None:
    assert len(gzip.compress(script.read_bytes(), 9)) <= 2 * 1024


def test_the_style_sheet_asks_nobody_else_for_anything() -> None:
    assert re.findall(r"@import|url\(|https?:", SHEET) == []


def test_colours_come_from_tokens() -> None:
    body = SHEET[SHEET.index("@layer elements") :]

    assert re.findall(r"#[0-9a-f]{3,8}\b", body, re.I) == []
