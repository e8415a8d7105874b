"""What the parts of config.yaml's shape are made of: texts, names, ages, moments."""

from __future__ import annotations

import codecs
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
)

from engine.language.vocabulary import did_you_mean

STANDARD_INPUT = "-"
"""The name of a file that stands for what is piped in."""
_AGE = re.compile(r"([0-9]+)(s|m|h|d|w)")
_LONGEST_AGE = timedelta(days=36_525)
_SHARE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,6})?%")
# By Python's names. Without those in which a byte means something else by what stands before it.
_ENCODINGS = {
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"),
    *(f"cp{number}" for number in (437, 850, 852, 858, 866, *range(1250, 1259))),
    *(f"iso8859-{number}" for number in range(1, 17) if number != 12),
    *("mac-roman", "koi8-r", "koi8-u", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949"),
    *("gb2312", "gbk", "gb18030", "big5"),
}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _age(value: Any) -> timedelta:
    match = _AGE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("an age is written like 30m, 4h, 15d or 2w")
    age = timedelta(**{_UNITS[match[2]]: int(match[1])}) if len(match[1]) < 9 else timedelta.max
    if age > _LONGEST_AGE:
        raise ValueError("this age is too long: a hundred years at most")
    return age


def _share(value: Any) -> Decimal:
    if not isinstance(value, str) or not _SHARE.fullmatch(value):
        number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 100
        hint = [f"write {value}%"] if number else []
        raise ValueError("a share is written like 10% or 0.5%, and is less than 100%", *hint)
    return Decimal(value[:-1]) / 100


def as_list(value: Any) -> Any:
    """One thing written alone is a list of one."""
    return value if isinstance(value, list) else [value]


def _moment(value: Any) -> Any:
    """A moment may stand in quotes."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("this must be a moment like 2026-03-31T09:00:00+02:00") from None


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("this moment needs a time zone: end it with Z or +01:00")
    return value


def _encoding(value: str) -> str:
    try:
        name = codecs.lookup(value).name
    except (LookupError, ValueError):
        name = ""
    if name not in _ENCODINGS:
        raise ValueError(
            "this is no encoding that is read",
            "write one like utf-8, utf-16, windows-1252, iso-8859-15 or mac-roman",
        )
    return name


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        dotted = (zone.replace("/", ".") for zone in available_timezones())
        hint = did_you_mean(value.replace("/", "."), dotted).replace(".", "/")
        raise ValueError("this is no time zone", hint or "write one like Europe/Rome") from error
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Delimiter = Annotated[str, StringConstraints(min_length=1, max_length=1)]
Encoding = Annotated[Text, AfterValidator(_encoding)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
AgeText = Annotated[str, StringConstraints(pattern=rf"^{_AGE.pattern}$")]
Age = Annotated[timedelta, BeforeValidator(_age, json_schema_input_type=AgeText)]
ShareText = Annotated[str, StringConstraints(pattern=rf"^{_SHARE.pattern}$")]
Share = Annotated[Decimal, BeforeValidator(_share, json_schema_input_type=ShareText)]
Zone = Annotated[Text, AfterValidator(_zone)]
Moment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(_aware)]
OneOrMore = BeforeValidator(as_list, json_schema_input_type=Text | list[Text])


class Part(BaseModel):
    """What every part of config.yaml is: strict, and without keys nobody reads."""

    # The text below a key is what editors and docs/reference/ say of it: `schema.py` reads it.
    model_config = ConfigDict(extra="forbid", strict=True)


_SIGN = "%(?:-?[dmyHIMSj]|[abcfghnpuwxzABGTUVWXYZ%])"
_SIGNS = re.compile(_SIGN)
FORMAT = f"^(?:[^%]|{_SIGN})*%-?[yYGcx](?:[^%]|{_SIGN})*$"
"""What a pattern can tell of what `check_format` takes: known signs, and the year."""
# Signs that are a day of the year, each group of them together.
_DAYS = [{"d", month} for month in "mbBh"] + [{sign} for sign in "jcx"]
_DAYS += [{week, day} for week in "UVW" for day in "aAuw"]
# Behind a clock, where it means UTC and would be skipped as a letter.
_LETTER_Z = re.compile("%[SMfT]Z")


def check_format(form: str, *, only_date: bool = False) -> None:
    """Raises ValueError for signs by which no date or moment can be read."""
    rest = _SIGNS.sub("", form)
    if "%" in rest:
        sign = rest[rest.index("%") :][:2]
        raise ValueError(f"there is no sign `{sign}` in a `format`", "like `%d/%m/%Y %H:%M`")
    if not re.search(FORMAT, form):
        raise ValueError("a `format` needs the year", "`%Y` is one of four digits, `%y` of two")
    signs = {sign[-1] for sign in _SIGNS.findall(form)}
    if not any(day <= signs for day in _DAYS):
        raise ValueError("a `format` needs the day and the month", "like `%d/%m/%Y`")
    if "I" in signs and "p" not in signs:
        raise ValueError("`%I` counts hours to twelve: `%p` must say which", "`%H` counts to 24")
    if _LETTER_Z.search(form):
        raise ValueError(
            "a `Z` behind the clock means UTC, and a `format` would skip it",
            "leave `format` out: moments of ISO 8601 are read without",
        )
    if only_date and {"%z", "%Z"} & set(_SIGNS.findall(form)):
        raise ValueError("a date has no offset", "write `type: timestamp`, or leave it out")
