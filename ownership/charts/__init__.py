"""Charts as SVG, drawn on the server: pure functions from values to markup.

No script and no inline style: static/app.css themes the classes, so light, dark and print come for free. Every
drawing has a name and a description, comes in a wide and a 340 px form (so that text stays 12 px on a phone) and
carries the rows of a table with the same figures. Words arrive translated in `Words`; this module knows no locale.
"""

from ownership.charts.bubbles import Bubble, Bubbles, bubbles
from ownership.charts.calibration import CalibrationWords, Tenth, calibration
from ownership.charts.drawing import Chart, Svg, Value, Words, tag
from ownership.charts.money import Ahead, Money, money
from ownership.charts.small import meter, sparkline
from ownership.charts.trend import Happening, Pin, Trend, trend
from ownership.charts.verdict import Chances, ChanceWords, Story, chances, stories

__all__ = [
    "Ahead",
    "Bubble",
    "Bubbles",
    "CalibrationWords",
    "ChanceWords",
    "Chances",
    "Chart",
    "Happening",
    "Money",
    "Pin",
    "Story",
    "Svg",
    "Tenth",
    "Trend",
    "Value",
    "Words",
    "bubbles",
    "calibration",
    "chances",
    "meter",
    "money",
    "sparkline",
    "stories",
    "tag",
    "trend",
]
