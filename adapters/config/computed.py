"""The shape of computed sources in config.yaml: facts told by numbers, days and clocks alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from adapters.config.parts import OneOrMore, Part, Text, Zone
from engine.language.vocabulary import FactType

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVE, HOLIDAY = "eve", "holiday"
NO_HOURS = "none"
_DAY = f"(?:{'|'.join(WEEKDAYS)})"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SPAN = re.compile(rf"({_CLOCK})-({_CLOCK}|24:00)")

_DAYS = re.compile(rf"{_DAY}(-{_DAY})?|{EVE}|{HOLIDAY}")


def _named(value: str) -> str:
    if not _DAYS.fullmatch(value):
        shorter = "-".join(part.strip()[:3].lower() for part in value.split("-"))
        hint = f"write {shorter}" if _DAYS.fullmatch(shorter) else ""
        raise ValueError("days are named mon to sun, mon-fri, eve or holiday", hint)
    return value


Days = Annotated[
    str,
    AfterValidator(_named),
    WithJsonSchema({"type": "string", "pattern": f"^({_DAYS.pattern})$"}),
]
Spans = Annotated[list[Text], OneOrMore, Field(min_length=1)]
Minutes = tuple[int, int]
"""A span of a day in minutes since midnight; its end is not in it."""


class PhoneDocument(Part):
    """Facts that telephone numbers tell by themselves."""

    region: Text | None = None
    """Where numbers without a country code are from: two letters like `IT`. Without it they are unknown."""


class CalendarDocument(Part):
    """Holidays and weekdays."""

    country: Text | None = None
    """Whose holidays: two letters like `IT`, for keys without a `country` of their own."""
    subdivision: Text | None = None
    """The part of the country, like `CT` in Spain or `BY` in Germany. Without it, nation-wide holidays only."""
    zone: Zone | None = None
    """On whose clocks days begin, for keys without a `zone` of their own. Without it, `time_zone`."""
    categories: Annotated[list[Text], OneOrMore] = Field(default_factory=list)
    """Kinds of holidays that count besides the public ones, like `catholic` or `half_day`."""
    language: Text | None = None
    """The language of the holidays' names, like `it`. Without it, the country's own."""


class ContactWindowDocument(Part):
    """Whether a moment is within the permitted hours in every time zone that it may fall in."""

    hours: Annotated[dict[Days, Spans], Field(min_length=1)]
    """The permitted hours by day: `mon-fri: "09:00-20:00"`. Days that are not named have none."""
    country: Text | None = None
    """Whose holidays `eve` and `holiday` speak of, for keys without a `country` of their own."""
    subdivision: Text | None = None
    """The part of the country, as for `calendar`."""
    region: Text | None = None
    """Where numbers without a country code are from, for a key `number`."""


ComputedDocument = PhoneDocument | CalendarDocument | ContactWindowDocument


class ComputedKeys(Part):
    """The keys of `read` for what is computed."""

    phone: PhoneDocument | None = None
    """Telephone numbers: whether they are valid, of what type and from where."""
    calendar: CalendarDocument | None = None
    """Holidays and weekdays."""
    contact_window: ContactWindowDocument | None = None
    """Permitted hours, in every time zone that a contact may fall in."""

    @property
    def computed(self) -> tuple[str, ComputedDocument] | None:
        """The kind and its settings, if this is computed."""
        given = {name: getattr(self, name) for name in KINDS}
        return next(((name, found) for name, found in given.items() if found is not None), None)


@dataclass(frozen=True)
class Kind:
    """What a kind of source gives, and the keys that it is asked by with the types they may be."""

    gives: Mapping[str, FactType]
    keys: Mapping[str, tuple[FactType, ...]]
    needed: frozenset[str]


_TEXT = (FactType.STRING,)
KINDS: Mapping[str, Kind] = {
    "phone": Kind(
        {
            "valid": FactType.BOOLEAN,
            "possible": FactType.BOOLEAN,
            "type": FactType.STRING,
            "mobile": FactType.BOOLEAN,
            "e164": FactType.STRING,
            "region": FactType.STRING,
            "country_code": FactType.INTEGER,
            "zones": FactType.STRINGS,
            "zone": FactType.STRING,
        },
        {"number": _TEXT, "region": _TEXT},
        frozenset({"number"}),
    ),
    "calendar": Kind(
        {
            "holiday": FactType.BOOLEAN,
            "holiday_name": FactType.STRING,
            "eve": FactType.BOOLEAN,
            "weekday": FactType.STRING,
            "weekday_number": FactType.INTEGER,
            "working_day": FactType.BOOLEAN,
        },
        {
            "day": (FactType.DATE, FactType.TIMESTAMP),
            "zone": _TEXT,
            "country": _TEXT,
            "subdivision": _TEXT,
        },
        frozenset({"day"}),
    ),
    "contact_window": Kind(
        {
            "open": FactType.BOOLEAN,
            "zones_open": FactType.INTEGER,
            "zones_all": FactType.INTEGER,
            "local_times": FactType.STRING,
            "opens_at": FactType.TIMESTAMP,
        },
        {
            "at": (FactType.TIMESTAMP,),
            "zone": _TEXT,
            "zones": (FactType.STRINGS,),
            "number": _TEXT,
            "region": _TEXT,
            "country": _TEXT,
            "subdivision": _TEXT,
        },
        frozenset({"at"}),
    ),
}
"""The kinds by the word that stands in `read`."""


def days(text: str) -> tuple[str, ...]:
    """The days that one key of `hours` names; none when they run backwards.

    >>> days("fri-sun"), days("eve"), days("sun-fri")
    (('fri', 'sat', 'sun'), ('eve',), ())
    """
    first, _, last = text.partition("-")
    if first not in WEEKDAYS:
        return (first,)
    return WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last or first) + 1]


def spans(texts: list[str]) -> tuple[Minutes, ...]:
    """The spans of one day, in their order; ValueError with message and hint if they are none.

    >>> spans(["10:00-13:00", "14:00-20:00"])
    ((600, 780), (840, 1200))
    """
    if texts == [NO_HOURS]:
        return ()
    found = []
    for text in texts:
        match = _SPAN.fullmatch(text)
        if match is None:
            hint = "write the hour with two digits, in 24 hours"
            raise ValueError('hours are written like "09:00-20:00", or none', hint)
        start, end = _minutes(match[1]), _minutes(match[2])
        if end <= start:
            late = f'end it at 24:00, and begin the next day with "00:00-{match[2]}"'
            raise ValueError("hours must end later than they begin", late if end else "")
        found.append((start, end))
    found.sort()
    if any(later[0] < earlier[1] for earlier, later in pairwise(found)):
        raise ValueError("these hours overlap", "each minute belongs to one span")
    return tuple(found)


def week(hours: Mapping[str, list[str]]) -> Mapping[str, tuple[Minutes, ...]]:
    """The spans by day, `eve` and `holiday`; only of hours that were checked."""
    return {day: spans(texts) for named, texts in hours.items() for day in days(named)}


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
