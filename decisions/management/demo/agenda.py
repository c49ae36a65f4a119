"""Time in the demo: counted back in working days, so that nobody decides on a Sunday, on whatever day it is loaded."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple
from zoneinfo import ZoneInfo

WEEK = 5  # working days


class Ago(NamedTuple):
    """A moment: so many working days before the demo is loaded, at that hour and minute of the local day; 0: now."""

    days: int
    hour: int = 10
    minute: int = 0


# What happens to one initiative, told from its beginning: it yields when it goes on and gets the instant back.
Story = Generator[Ago, datetime, None]


@dataclass(frozen=True)
class Calendar:
    """`now` is when the demo is loaded."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def day(self, days: int) -> date:
        """The local day that many working days ago; on a weekend they are counted from Friday. Negative: ahead."""
        friday = self.today - timedelta(days=max(0, self.today.weekday() - 4))
        weeks, rest = divmod(days, WEEK)
        weekend = 2 if rest > friday.weekday() else 0
        return friday - timedelta(weeks=weeks, days=rest + weekend)

    def at(self, ago: Ago) -> datetime:
        if not ago.days:
            return self.now
        return datetime.combine(self.day(ago.days), time(ago.hour, ago.minute), self.zone)


def play(calendar: Calendar, stories: Iterable[Story]) -> None:
    """All stories at once, each scene in its place in time. ValueError: a story went back in time."""
    waiting = [(calendar.at(next(story)), number, story) for number, story in enumerate(stories)]
    heapify(waiting)
    while waiting:
        at, number, story = heappop(waiting)
        try:
            upcoming = calendar.at(story.send(at))
        except StopIteration:
            continue
        if upcoming < at:
            raise ValueError(f"Story {number} goes back from {at} to {upcoming}.")
        heappush(waiting, (upcoming, number, story))
