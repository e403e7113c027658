"""Working days in China: the published calendar of holidays and make-up days, and a workspace's own for other years.

`chinesecalendar` knows the years that the State Council has announced by its release. A later year has a file
(``features/working_days.yaml``); without it only its weekends are known, and what is counted into it is provisional.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import chinese_calendar
from pydantic import model_validator

from riskml.core.configuration import Entry, parse_yaml, read_text
from riskml.core.language import Label
from riskml.core.validation import ContentError

WORKING_DAYS = "working_days.yaml"


class Year(Entry):
    """A year's calendar: weekdays that are holidays, and days of weekends that are worked.

    Parameters
    ----------
    source
        The notice that says so.
    """

    source: str
    holidays: tuple[date, ...]
    worked: tuple[date, ...] = ()


class CalendarFile(Entry):
    """The content of working_days.yaml: year → its calendar, in the place of the library's."""

    label: Label
    years: dict[int, Year]

    @model_validator(mode="after")
    def _own_days(self) -> CalendarFile:
        for number, year in self.years.items():
            for name, weekend in (("holidays", False), ("worked", True)):
                for day in getattr(year, name):
                    if day.year != number or (day.weekday() >= 5) is not weekend:
                        zh, en = ("周末", "weekend") if weekend else ("星期一至五", "Monday to Friday")
                        raise ContentError(
                            f"{name}：{day} 应是 {number} 年{zh}的一天",
                            f"{name}: {day} should be a day of {number}, {en}",
                            field=f"years.{number}",
                        )
        return self


@dataclass(frozen=True)
class Counted:
    """A day that working days lead to.

    Parameters
    ----------
    provisional
        Whether the calendar of a year on the way is not known yet: holidays to be announced will make it later.
    """

    day: date
    provisional: bool


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days are worked; `years` has those that a file gives."""

    years: Mapping[int, Year]

    def after(self, day: date, count: int) -> Counted:
        """The `count`-th working day after `day`: the day after it is the first, if it is worked.

        >>> WorkingCalendar({}).after(date(2026, 9, 29), 3)  # 1 to 7 October are holidays, the 10th is made up for
        Counted(day=datetime.date(2026, 10, 9), provisional=False)
        >>> WorkingCalendar({}).after(date(2026, 12, 31), 1)
        Counted(day=datetime.date(2027, 1, 1), provisional=True)
        """
        provisional = False
        while count:
            day += timedelta(days=1)
            worked, known = self._worked(day)
            count -= worked
            provisional |= not known
        return Counted(day, provisional)

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to `end`; less than 0 where `end` is the earlier."""
        if end < start:
            return -self.between(end, start)
        days = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
        return sum(self._worked(day)[0] for day in days)

    def _worked(self, day: date) -> tuple[bool, bool]:
        """Whether a day is worked, and whether its year's calendar is known."""
        if (year := self.years.get(day.year)) is not None:
            return (day.weekday() < 5 and day not in year.holidays) or day in year.worked, True
        return _announced(day)


@cache
def _announced(day: date) -> tuple[bool, bool]:
    """The same by what the State Council announced: lists of cases ask for the same days over and over."""
    try:
        return bool(chinese_calendar.is_workday(day)), True
    except NotImplementedError:
        return day.weekday() < 5, False


def working_calendar(features: Path) -> WorkingCalendar:
    """The calendar of a workspace's folder of features.

    Raises
    ------
    ConfigurationError
        Naming the file and the entry that is wrong.
    """
    path = features / WORKING_DAYS
    return WorkingCalendar(parse_yaml(CalendarFile, read_text(path), str(path)).years if path.exists() else {})
