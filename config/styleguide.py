"""/styleguide/: every component in every tone, on invented figures."""

import re
from datetime import date, timedelta

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ownership import charts, words

TONES = ["good", "warn", "bad", "info", "none"]
MONDAY = date(2026, 8, 3)
LEADS = [405, 421, 398, 416, 409, 427, 402, 418, 411, 425, 438, None, 459, 466, 462, 464]
COST = [0, 3000, 9500, 14000, 16000, 17500, 19000, 21000, 22500, 24000, 25700, 27760]


class Sample(forms.Form):
    """One field of each kind, all of them unanswered."""

    name = forms.CharField(label="Name", help_text="As people say it.")
    by = forms.DateField(label="By when", required=False)
    answer = forms.ChoiceField(
        label="Your answer",
        choices=[("recover", "Recover with a plan"), ("change", "Change the target"), ("stop", "Propose to stop")],
        widget=forms.RadioSelect,
    )
    read = forms.BooleanField(label="I have read it", help_text="All of it.")
    why = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 2}), required=False)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    weeks = [MONDAY + timedelta(weeks=n) for n in range(19)]
    pins = [charts.Pin(weeks[8], "D-33", "Pilot starts"), charts.Pin(weeks[9], "D-38", "Human edit required")]
    trend = charts.Trend(
        id="guide-trend",
        name="Organic leads a week",
        desc="Sixteen weeks against the normal range of 381 to 443 and a path to 500; one week is not known.",
        weeks=weeks,
        measured=LEADS,
        baseline=412,
        normal=(381, 443),
        path=[(weeks[8], 411), (weeks[18], 500)],
        pins=pins,
    )
    months = [date(2026 + (7 + n) // 12, (7 + n) % 12 + 1, 1) for n in range(12)]
    money = charts.Money("guide-money", "Benefit against cost", "Cumulative.", months, COST, [0, 0, 800, 2600, 5200])
    names = [
        "Titles at scale",
        "Internal links",
        "Content briefs",
        "Named in AI answers",
        "Log-file triage",
        "City pages",
    ]
    points = [
        charts.Bubble(name, f"P-{n}", (n * 37 % 100) / 100, n * 9700 % 61000 - 4000, (7 - n) * 4100, TONES[n % 5])
        for n, name in enumerate(names)
    ]
    portfolio = charts.bubbles(
        points, words.for_charts(), uid="guide-map", name="Benefit against evidence", desc="Six invented initiatives."
    )
    sprite = settings.BASE_DIR.joinpath("templates/_icons.html").read_text()
    context = {
        "tones": TONES,
        "form": Sample({}),
        "trend": charts.trend(trend, words.for_charts()),
        "map": portfolio,
        "money": charts.money(money, words.for_charts()),
        "icons": re.findall(r'id="i-(\w+)"', sprite),
        "figures": {"on": date(2026, 11, 25), "values": LEADS, "normal": (381, 443)},
    }
    return render(request, "styleguide.html", context)
