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
WORDS_BEHIND, SEVERAL = "words-behind-number", "several-numbers"
FRACTION = "number-with-fraction"

_Row = tuple[Any, ...]
_NOT_VALID: _Row = (None, False, False, None, None, None, None, None)
_TYPES = {
    value: PhoneNumberType.to_string(value).lower().replace("_", "-")
    for value in PhoneNumberType.values()
}
_ANY_REGION = "US"
_WORDS = re.compile(r"(?<=\d)[\W_]*[^\W\d_]")
# What people put between two numbers, or before other last digits: 06 123456/7.
_BREAKS = re.compile(r"(?<=\d)[\s)]*[/;,|&]")
# Another number may begin here, or a group of digits of the same one.
_SPACES = re.compile(r"(?<=\d)\s+(?=0)")
# A number that was a number to a program as well: 393331234567.0.
_AS_FRACTION = re.compile(r"[\s+]*\d{6,}[.,]0+\s*")
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
    if _AS_FRACTION.fullmatch(text):
        return _problem(FRACTION)
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
    if _begins_another(_WORDS, text, region, e164):
        return _problem(WORDS_BEHIND)
    if _begins_another(_BREAKS, text, region, e164) or _is_two(text, region):
        return _problem(SEVERAL)
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


def _begins_another(ends: re.Pattern[str], text: str, region: str | None, e164: str) -> bool:
    """Whether the text up to one of the `ends` is a valid number by itself, and another.

    Letters stand for digits, and signs for nothing: of `030 123456 home`, and of
    `030 12345 / 030 1234`, the library makes a number that is longer.
    """
    heads = (_valid(text[: end.start()], region) for end in ends.finditer(text))
    return any(head not in (None, e164) for head in heads)


def _is_two(text: str, region: str | None) -> bool:
    """Whether the text is two valid numbers with a space between them."""
    return any(
        _valid(text[: gap.start()], region) and _valid(text[gap.end() :], region)
        for gap in _SPACES.finditer(text)
    )


def _valid(text: str, region: str | None) -> str | None:
    """The valid number that a text is, as networks write it."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


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
