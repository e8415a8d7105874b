"""Whose holidays count: country and part of it → its calendar, from the library `holidays`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import holidays
from holidays.registry import EntityLoader

NO_COUNTRY, UNKNOWN_COUNTRY = "no-country", "unknown-country"
NO_SUBDIVISION, UNKNOWN_SUBDIVISION = "no-subdivision", "unknown-subdivision"
OUT_OF_RANGE = "out-of-range"
# What all parts of these countries share is so little that it would open holidays.
_ONLY_IN_PARTS = frozenset({"GB"})
_DAY = timedelta(days=1)


class OutOfRange(Exception):
    """A day of a year for which no holidays are known."""


@dataclass(frozen=True)
class HolidayCalendar:
    """The holidays of one country or part; days that stand in for one are holidays too."""

    days: holidays.HolidayBase
    known: dict[date, str | None] = field(default_factory=dict)

    def name(self, day: date) -> str | None:
        """What the holiday is called, None on any other day; OutOfRange if nobody knows."""
        if day not in self.known:
            first, last = self.years
            if not first <= day.year <= last:
                raise OutOfRange
            self.known[day] = self.days.get(day)
        return self.known[day]

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year of which holidays are known."""
        return self.days.start_year, self.days.end_year

    def is_eve(self, day: date) -> bool:
        """Whether the next day is a holiday; OutOfRange if nobody knows."""
        return self.name(day + _DAY) is not None


class HolidayCalendars:
    """The calendars that keys ask for; where they name no country, that of the settings.

    `categories` are kinds of holidays that count besides the public ones, in countries that have
    them.
    """

    def __init__(
        self,
        country: str | None,
        subdivision: str | None,
        categories: Sequence[str] = (),
        language: str | None = None,
    ) -> None:
        self._country, self._subdivision = country, subdivision
        self._categories, self._language = (holidays.PUBLIC, *categories), language
        self._found: dict[tuple[str | None, str | None, bool], HolidayCalendar | str] = {}

    def of(
        self, country: str | None, subdivision: str | None, *, by_part: bool = False
    ) -> HolidayCalendar | str:
        """The calendar, or the problem why there is none.

        Codes are read whatever their capitals; a part may be written with its country (`ES-CT`).
        `by_part`: the part is told row by row, so one that is missing is not known.
        """
        key = (country, subdivision, by_part)
        if key not in self._found:
            self._found[key] = self._make(*key)
        return self._found[key]

    def _make(
        self, country: str | None, subdivision: str | None, by_part: bool
    ) -> HolidayCalendar | str:
        code = _clean(country) or self._country
        if code is None:
            return NO_COUNTRY
        code = _aliases().get(code, code)
        if code not in _aliases().values():
            return UNKNOWN_COUNTRY
        part = _clean(subdivision) or (self._subdivision if code == self._country else None)
        entity = getattr(holidays, code)
        if part is not None:
            parts = {p.upper(): p for p in (*entity.subdivisions, *entity.subdivisions_aliases)}
            name = part.upper().removeprefix(f"{code}-")
            if name not in parts:
                return UNKNOWN_SUBDIVISION
            part = parts[name]
        elif code in _ONLY_IN_PARTS or (by_part and entity.subdivisions):
            return NO_SUBDIVISION
        return HolidayCalendar(self._days(code, part))

    def _days(self, code: str, part: str | None) -> holidays.HolidayBase:
        entity = getattr(holidays, code)
        language = _language(entity, self._language)
        kinds = [kind for kind in self._categories if kind in entity.supported_categories]
        return holidays.country_holidays(code, part, language=language, categories=kinds)


def _language(entity: holidays.HolidayBase, wanted: str | None) -> str | None:
    """`it` is also `it_IT`. Never left to the library: it would ask the machine for its language."""
    known = entity.supported_languages
    same = [name for name in known if wanted is not None and wanted in (name, name.split("_")[0])]
    return same[0] if same else entity.default_language


def _clean(code: str | None) -> str | None:
    return code.strip().upper() or None if code is not None else None


@cache
def _aliases() -> dict[str, str]:
    """Codes of two letters by themselves and by what else they are written as: GBR, UK → GB."""
    own = set(EntityLoader.get_country_codes(include_aliases=False))
    named = holidays.registry.COUNTRIES.values()
    return {alias: code for _, code, *others in named for alias in (code, *others) if code in own}
