"""What telephone numbers tell by themselves, as Google's libphonenumber knows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import phonenumbers
import pyarrow as pa
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType
from phonenumbers.timezone import (
    UNKNOWN_TIMEZONE,
    time_zones_for_geographical_number,
    time_zones_for_number,
)

SEPARATOR = "|"
TOLD = pa.schema(
    [
        ("problem", pa.string()),
        ("valid", pa.bool_()),
        ("possible", pa.bool_()),
        ("type", pa.string()),
        ("e164", pa.string()),
        ("region", pa.string()),
        ("country_code", pa.int32()),
        ("zones", pa.string()),
    ]
)
"""Of each number: why it could not be told, or what it is; `zones` are joined with a bar."""
NO_REGION, UNKNOWN_REGION, UNREADABLE = "no-region", "unknown-region", "unreadable-number"
WORDS_BEHIND = "words-behind-number"

_Row = tuple[Any, ...]
_NOT_VALID: _Row = (None, False, False, None, None, None, None, None)
_TYPES = {
    value: PhoneNumberType.to_string(value).lower().replace("_", "-")
    for value in PhoneNumberType.values()
}
_ANY_REGION = "US"
_WORDS = re.compile(r"(?<=\d)[\W_]*[^\W\d_]")
_OF_COUNTRY: dict[int, str] = {}


def told(numbers: Sequence[str], regions: Sequence[str | None]) -> pa.Table:
    """What each number is, in its order, with the columns of TOLD.

    `regions` are where numbers without a country code are from. A text that is no number is not
    valid, which is known; a national number without a region can't be told.
    """
    rows = [_told(n, r) for n, r in zip(numbers, regions, strict=True)]
    columns = zip(*rows, strict=True) if rows else ([] for _ in TOLD)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, TOLD, strict=True)]
    return pa.table(arrays, schema=TOLD)


def _told(text: str, region: str | None) -> _Row:
    known = region if region in phonenumbers.SUPPORTED_REGIONS else None
    try:
        return _read(text, known)
    except NumberParseException as error:
        national = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        if known is None and national and _is_national(text):
            return _problem(NO_REGION if region is None else UNKNOWN_REGION)
        return _NOT_VALID
    except Exception:  # noqa: BLE001 - whatever a text does to the library, it is not a pass
        return _problem(UNREADABLE)


def _read(text: str, region: str | None) -> _Row:
    number = phonenumbers.parse(text, region)
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:
        return (None, False, phonenumbers.is_possible_number(number), *_NOT_VALID[3:])
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _is_another_without_words(text, region, e164):
        return _problem(WORDS_BEHIND)
    region_code = phonenumbers.region_code_for_number(number)
    return (
        None,
        True,
        True,
        _TYPES[kind],
        e164,
        None if region_code == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else region_code,
        number.country_code,
        _zones(number, kind) or None,
    )


def _is_another_without_words(text: str, region: str | None, e164: str) -> bool:
    """Whether the text up to the words behind its digits is a valid number by itself, and another.

    Letters stand for digits, so of `030 123456 home` the library makes a number that is longer.
    """
    for words in _WORDS.finditer(text):
        try:
            number = phonenumbers.parse(text[: words.start()], region)
        except NumberParseException:
            continue
        without = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if without != e164 and phonenumbers.is_valid_number(number):
            return True
    return False


def _problem(problem: str) -> _Row:
    return (problem, *[None] * (len(TOLD) - 1))


def _is_national(text: str) -> bool:
    """Whether what could not be read without a region can be read with one."""
    try:
        phonenumbers.parse(text, _ANY_REGION)
    except NumberParseException:
        return False
    return True


def _zones(number: PhoneNumber, kind: int) -> str:
    """The zones of a valid number of that type: of its area, or of all of its country."""
    code = number.country_code or 0
    if phonenumbers.is_number_type_geographical(kind, code):
        return _joined(time_zones_for_geographical_number(number))
    # By the country code alone; the library would find out the type of each number once more,
    # which takes most of the time.
    if code not in _OF_COUNTRY:
        _OF_COUNTRY[code] = _joined(time_zones_for_number(number))
    return _OF_COUNTRY[code]


@lru_cache(maxsize=4096)
def _joined(zones: tuple[str, ...]) -> str:
    return SEPARATOR.join(zone for zone in zones if zone != UNKNOWN_TIMEZONE)
