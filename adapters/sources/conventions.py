"""How a column writes its numbers or its dates: found out from all of its cells, never guessed.

A convention holds when every cell that is a number (a date) in any of them fits it. Where two hold
and give different values, or none does, the column is `Undecided`. Cells that fit none are left as
they are, to be unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache

import pyarrow as pa
import pyarrow.compute as pac

_SHOWN = 3
# What the engine, too, takes off both ends of a cell.
SPACES = " \u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


class Undecided(Exception):
    """A column that can be read in more than one way.

    `rows` are the positions (from 0) of cells that show it, `ways` what config.yaml may say of
    the field to settle it; `mixed` columns need more than one of them.
    """

    def __init__(
        self, what: str, rows: Sequence[int], ways: Sequence[str], *, mixed: bool = False
    ) -> None:
        super().__init__(what)
        self.what = what
        self.rows = tuple(rows)
        self.ways = tuple(ways)
        self.mixed = mixed


@dataclass(frozen=True)
class Told:
    """A column rewritten in the engine's own form, and how it was written, if not so before."""

    column: pa.ChunkedArray
    like: str = ""


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────


def _number(point: str, group: str) -> str:
    plain = rf"(?:[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    grouped = rf"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{point}[0-9]*)?"
    return rf"^[+-]?(?:{plain}|{grouped})$"


_WITH_POINT, _WITH_COMMA = _number(r"\.", ","), _number(",", r"\.")
# As many digits as a group has: the sign before them may part groups or decimals.
_EITHER = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$"
_WAYS = ('decimal: ","', 'decimal: "."')


def numbers(column: pa.ChunkedArray, decimal: str | None) -> Told:
    """Numbers without groups of thousands, and with a decimal point where `decimal` is None.

    `decimal` is the sign that config.yaml gives; it stays. Raises Undecided.
    """
    signs = [sign for sign in ",." if sign != decimal and holds(column, sign)]
    if not signs:
        return Told(column)
    words = _Words(column)
    fits = {
        ".": pac.match_substring_regex(words.text, _WITH_POINT),
        ",": pac.match_substring_regex(words.text, _WITH_COMMA),
    }
    sign = decimal or _decimal(words, fits)
    group = "," if sign == "." else "."
    grouped = pac.and_(fits[sign], pac.match_substring(words.text, group))
    like = f"numbers like 1{group}234{sign}56" if pac.any(grouped).as_py() else ""
    text = pac.replace_substring(words.text, group, "")
    if sign == "," and decimal is None:
        like = like or "decimal commas"
        text, grouped = pac.replace_substring(text, ",", "."), fits[sign]
    if not like:
        return Told(column)
    return Told(words.column(pac.if_else(grouped, text, words.words)), "" if decimal else like)


def _decimal(words: _Words, fits: Mapping[str, pa.Array]) -> str:
    """The one sign that fits all numbers of the column."""
    only_point = pac.and_(fits["."], pac.invert(fits[","]))
    only_comma = pac.and_(fits[","], pac.invert(fits["."]))
    points, commas = pac.any(only_point).as_py(), pac.any(only_comma).as_py()
    if points and commas:
        rows = sorted([*words.rows(only_point, 1), *words.rows(only_comma, 1)])
        raise Undecided("mixes decimal points and decimal commas", rows, _WAYS, mixed=True)
    if not points and not commas:
        rows = words.rows(pac.match_substring_regex(words.text, _EITHER))
        if rows:
            what = (
                "has numbers that can be read in two ways: their sign parts thousands, or decimals"
            )
            raise Undecided(what, rows, _WAYS)
    return "," if commas else "."


# ── dates and timestamps ─────────────────────────────────────────────────────────────────────────

_ISO = "%Y-%m-%d"
_FORMS = {
    _ISO: r"(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})",
    "%d/%m/%Y": r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<Y>[0-9]{4})",
    "%m/%d/%Y": r"(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})/(?P<Y>[0-9]{4})",
    "%d.%m.%Y": r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<Y>[0-9]{4})",
    "%d-%m-%Y": r"(?P<d>[0-9]{1,2})-(?P<m>[0-9]{1,2})-(?P<Y>[0-9]{4})",
    "%m-%d-%Y": r"(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})-(?P<Y>[0-9]{4})",
    "%Y/%m/%d": r"(?P<Y>[0-9]{4})/(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})",
    "%Y%m%d": r"(?P<Y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})",
}
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1[0-9]{2}")
_DAY = r"(?P<day>[0-9]+(?:[-/.][0-9]+){0,2})"
_CLOCK = (
    r"(?P<clock>(?:[ T](?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?)"
)
# What databases and spreadsheets put behind a date that has no clock.
_MIDNIGHT = r"(?P<clock>(?:[ T]0?0:00(?::00(?:\.0{1,6})?)?)?)"


def dates(column: pa.ChunkedArray, *, clocked: bool) -> Told:
    """Dates as ISO 8601 writes them, and the clocks behind them: midnight alone unless `clocked`.

    Raises Undecided.
    """
    heads = pac.utf8_slice_codeunits(column, 0, 10).unique().to_pylist()
    if all(not head or _readings(head).keys() == {_ISO} for head in heads):
        return Told(column)
    words = _Words(column)
    split = pac.extract_regex(words.text, f"^{_DAY}{_CLOCK if clocked else _MIDNIGHT}$")
    days, clocks = (pac.struct_field(split, [name]) for name in ("day", "clock"))
    readings = {day: _readings(day) for day in days.unique().to_pylist() if day}
    form = _form(readings, words, days, clocks)
    if form == _ISO:
        return Told(column)
    known = {day: read[form] for day, read in readings.items() if read}
    place = pac.index_in(days, value_set=pa.array(list(known), pa.string()))
    iso = pac.take(pa.array(list(known.values()), pa.string()), place)
    clocks = pac.replace_substring_regex(clocks, r"^[ T]([0-9]):", r" 0\1:")
    whole = pac.binary_join_element_wise(iso, clocks, "")
    return Told(words.column(pac.coalesce(whole, words.words)), f"dates like {_example(form)}")


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(_FORMS[form])


def _readings(day: str) -> dict[str, str]:
    """What a date means in each of the forms that it fits.

    >>> _readings("13/04/2026"), _readings("31/04/2026")
    ({'%d/%m/%Y': '2026-04-13'}, {})
    """
    found = {}
    for form in _FORMS:
        match = _pattern(form).fullmatch(day)
        if match is None:
            continue
        with suppress(ValueError):
            found[form] = date(int(match["Y"]), int(match["m"]), int(match["d"])).isoformat()
        if form == _ISO:
            # The first of them, and most dates are of it; what is fits no other.
            break
    return found


def _form(
    readings: Mapping[str, Mapping[str, str]], words: _Words, days: pa.Array, clocks: pa.Array
) -> str:
    """The one form that fits all dates of the column; ISO where there is no date."""

    def rows(wanted: Collection[str], most: int = _SHOWN) -> list[int]:
        return words.rows(pac.is_in(days, value_set=pa.array(sorted(wanted), pa.string())), most)

    def ways(*forms: str) -> list[str]:
        return [f'format: "{form}{_clock_form(clocks)}"' for form in forms]

    short = [day for day in readings if _SHORT_YEAR.fullmatch(day)]
    if short:
        raise Undecided("has years of two digits", rows(short), ways(*_short_forms(short[0])))
    read = {day: by_form for day, by_form in readings.items() if by_form}
    holding = [form for form in _FORMS if read and all(form in by for by in read.values())]
    apart = [d for d, by in read.items() if len({by[form] for form in holding}) > 1]
    if apart:
        what = f"has dates that may be {_alike(holding[0])} or {_alike(holding[1])}"
        raise Undecided(what, rows(apart), ways(*holding))
    if read and not holding:
        main = max(_FORMS, key=lambda form: sum(form in by for by in read.values()))
        others = [day for day, by in read.items() if main not in by]
        other = next(iter(read[others[0]]))
        what = f"mixes dates like {_example(main)} and like {_example(other)}"
        shown = sorted([*rows(read.keys() - others, 1), *rows(others, _SHOWN - 1)])
        # Among clocks, ISO 8601 is more than one format could say.
        said = [form for form in (main, other) if form != _ISO or not _clock_form(clocks)]
        raise Undecided(what, shown, ways(*said), mixed=True)
    return holding[0] if holding else _ISO


_WORDS = {"%d": "day", "%m": "month", "%Y": "year"}


def _alike(form: str) -> str:
    """A form in words that a person knows it by.

    >>> _alike("%d/%m/%Y"), _alike("%Y%m%d")
    ('day/month/year', 'yearmonthday')
    """
    return re.sub("%[dmY]", lambda sign: _WORDS[sign[0]], form)


def _example(form: str) -> str:
    return date(2026, 12, 31).strftime(form)


def _short_forms(day: str) -> list[str]:
    return [form.replace("/", re.sub("[0-9]", "", day)[0]) for form in ("%d/%m/%y", "%m/%d/%y")]


def _clock_form(clocks: pa.Array) -> str:
    """The clock as the first cell that has one writes it."""
    clock = next((text for text in clocks.to_pylist() if text), "")
    return ["", "", " %H:%M", " %H:%M:%S"][min(3, clock.count(":") + 1)] if clock else ""


# ── both ─────────────────────────────────────────────────────────────────────────────────────────


class _Words:
    """The different cells of a column, each once: what is dear is asked of each only once."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        encoded = column.combine_chunks().dictionary_encode()
        self._places = encoded.indices
        self.words = encoded.dictionary
        self.text = pac.utf8_trim(self.words, SPACES)

    def column(self, words: pa.Array) -> pa.ChunkedArray:
        """The whole column, with these words in place of its own."""
        return pa.chunked_array([pac.take(words, self._places)])

    def rows(self, mask: pa.Array, most: int = _SHOWN) -> list[int]:
        """The first rows whose word the mask is true of."""
        chosen = pac.indices_nonzero(pac.fill_null(mask, fill_value=False))
        where = pac.is_in(self._places, value_set=chosen.cast(self._places.type))
        return [int(row) for row in pac.indices_nonzero(where)[:most].to_pylist()]


def holds(column: pa.ChunkedArray, piece: str) -> bool:
    """Whether any cell of a column holds a piece of text."""
    sought = re.compile(re.escape(piece.encode()))
    return any(
        _may_hold(chunk, sought) and pac.any(pac.match_substring(chunk, piece)).as_py()
        for chunk in column.chunks
    )


def _may_hold(texts: pa.Array, sought: re.Pattern[bytes]) -> bool:
    """Whether the bytes of the texts hold what is sought, perhaps across the border of two.

    It takes a fifth of the time that looking through them one by one takes.
    """
    if not pa.types.is_string(texts.type):
        return True
    letters = texts.buffers()[2]
    return letters is not None and sought.search(memoryview(letters)) is not None
