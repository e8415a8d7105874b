"""Columns of text, made legible: guards taken off, blanks found, spreadsheet damage marked.

What stands in a cell is not changed where it is written again: whoever reads a column in a way of
their own gets a column of their own beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pac

from adapters.sources.conventions import Told, Undecided, dates, holds, numbers
from adapters.sources.visible import evenly_spaced, visible
from engine.diagnostics import RefusedInput
from engine.language.vocabulary import FactType
from engine.screening.inputs import UNREADABLE, Field

ERRORS = frozenset(
    [
        *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"),
        *("#GETTING_DATA", "#ERROR!"),
        # German, French, Spanish and Italian, where they differ.
        *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!"),
        *("#VALEUR!", "#NOM?", "#NUL!", "#NOMBRE!"),
        *("#N/D", "#¡REF!", "#¡VALOR!", "#¿NOMBRE?", "#¡DIV/0!", "#¡NULO!", "#¡NUM!"),
        *("#RIF!", "#VALORE!", "#NOME?", "#NULLO!"),
    ]
)
"""What a spreadsheet writes into a cell whose formula failed."""

# Formulas that hold a text, so that spreadsheets leave its zeros: ="00123".
_GUARD = r'^\s*="((?:[^"]|"")*)"\s*$'
# What a spreadsheet makes of a long number, and of what does not fit into a narrow column.
_SHORTENED = r"^[+-]?[0-9]{1,3}(?:[.,][0-9]+)?[eE]\+[0-9]{1,3}$"
_TOO_NARROW = r"^#{3,}$"
# What programs write of a number or a telephone that they took for an amount: 393331234567.0,
# 3.93331234567E11. Of few digits it may be a text that is meant so, like a version.
_AS_AMOUNT = r"^[+-]?(?:[0-9]{6,}[.,]0+|[0-9][.,][0-9]+[eE][0-9]{1,3})$"
_TEXTS = (FactType.STRING, FactType.STRINGS)
_DATES = (FactType.DATE, FactType.TIMESTAMP)
_LONGEST = 40


class Cells:
    """A table of text and, column by column, how it is to be read.

    `where` names it in messages, `titles` are its columns' names for people (default: their own),
    `rows` its rows' numbers (default: from 1). `typed` are columns whose text was made from typed
    values, so that numbers have a point and dates are ISO 8601: no convention is looked for.
    `table` has the columns that `field` and `text` name in their answers.
    """

    def __init__(
        self,
        table: pa.Table,
        where: str,
        *,
        titles: Mapping[str, str] | None = None,
        rows: pa.Array | None = None,
        typed: Collection[str] = (),
    ) -> None:
        self.table = table
        self.titles = dict(titles or {name: name for name in table.column_names})
        self._where = where
        self._rows = rows
        self._typed = typed
        self._likes: dict[str, list[str]] = {}

    @property
    def said(self) -> tuple[str, ...]:
        """What was found out of how its columns are written."""
        return tuple(
            f"{like} in {', '.join(f'`{title}`' for title in dict.fromkeys(titles))}"
            for like, titles in self._likes.items()
        )

    def text(self, name: str, blank: Collection[str] = (), *, joined: bool = False) -> str:
        """The column to read the texts of column `name` from; `blank` are texts for no value.

        `joined` as for `field`.
        """
        column = _legible(self.table[name], FactType.STRING, blank)
        return self._kept(name, _as_key(column) if joined else column)

    def field(
        self,
        field: Field,
        blank: Collection[str] = (),
        decimal: str | None = None,
        words: Mapping[str, bool] = MappingProxyType({}),
        *,
        joined: bool = False,
    ) -> Field:
        """The field, with the column to read it from.

        `decimal` is the sign that config.yaml gives for its numbers; without one, it is found, and
        numbers are then read with a point. `words` are what texts (in lower case) mean, beside true
        and false. `joined`: sources are joined on it, so that a number written as an amount would
        find nobody's row. Raises RefusedInput for a column that can be read in more than one way.
        """
        column = _legible(self.table[field.column], field.type, blank)
        if joined and field.type is FactType.STRING:
            column = _as_key(column)
        if words:
            column = _meant(column, words)
        if field.column not in self._typed:
            column = self._told(field, column, decimal)
        return replace(field, column=self._kept(field.column, column))

    def key(self, name: str, how: Field, decimal: str | None = None) -> str:
        """The column to read a source's key from, where `how` is the fact that it is joined on.

        Raises RefusedInput, beside what `field` is refused for, when a spreadsheet destroyed any
        of its cells: whose row it is can't be told, and so of nobody that there is none.
        """
        column = _legible(self.table[name], FactType.STRING, ())
        if how.type is FactType.STRING:
            column = _as_key(column)
        if how.type is not FactType.NUMBER:
            lost = pac.indices_nonzero(pac.equal(column, UNREADABLE))
            if len(lost):
                raise RefusedInput(
                    f"{self._where}: the key `{name}` can't be read in row {self._number(lost[0].as_py())}"
                    f"{f' and {len(lost) - 1} others' if len(lost) > 1 else ''}: a spreadsheet "
                    "shortened its number or wrote it as an amount (12345678.0), or its formula failed",
                    "export it again, with this column as text",
                )
        return self.field(replace(how, column=name), (), decimal, joined=True).column

    def _number(self, position: int) -> int:
        """The number of the row at a position."""
        return position + 1 if self._rows is None else int(self._rows[position].as_py())

    def _told(self, field: Field, column: pa.ChunkedArray, decimal: str | None) -> pa.ChunkedArray:
        told = Told(column)
        try:
            if field.type is FactType.NUMBER:
                told = numbers(column, decimal)
            elif field.type in _DATES and field.format is None:
                told = dates(column, clocked=field.type is FactType.TIMESTAMP)
        except Undecided as error:
            raise self._refusal(field, column, error) from None
        if told.like:
            self._likes.setdefault(told.like, []).append(self.titles[field.column])
        return told.column

    def _refusal(self, field: Field, column: pa.ChunkedArray, why: Undecided) -> RefusedInput:
        title = self.titles[field.column]
        shown = [
            f"row {self._number(row)}"
            + ("" if field.pii else f": {column[row].as_py().strip():.{_LONGEST}}")
            for row in why.rows
        ]
        name, ways = field.fact.split(".", 1)[1], " or ".join(f"`{way}`" for way in why.ways)
        hint = f"say how they are written, in config.yaml at `{name}`: {ways}"
        if why.mixed:
            hint = (
                f"export them in one way, or say which to read, in config.yaml at `{name}`: {ways} "
                "(the others are then unreadable)"
            )
        return RefusedInput(
            f"{self._where}: the column `{title}` {why.what} ({'; '.join(shown)})", hint
        )

    def _kept(self, name: str, column: pa.ChunkedArray) -> str:
        """The name of a column in the table: its own if it is as it was."""
        if column is self.table[name] or column.equals(self.table[name]):
            return name
        new = f"{name} {self.table.num_columns}"
        self.table = self.table.append_column(new, column)
        self.titles[new] = self.titles[name]
        return new


def _legible(column: pa.ChunkedArray, kind: FactType, blank: Collection[str]) -> pa.ChunkedArray:
    """Text as typed from: null where blank, UNREADABLE where damaged and of a type of text."""
    if holds(column, '="'):
        inner = pac.replace_substring_regex(column, _GUARD, r"\1")
        guarded = pac.match_substring_regex(column, _GUARD)
        column = pac.if_else(guarded, pac.replace_substring(inner, '""', '"'), column)
    column = visible(column)
    if blank:
        wanted = pa.array([text.strip() for text in blank], pa.string())
        found = pac.is_in(pac.utf8_trim_whitespace(column), value_set=wanted)
        if pac.any(found).as_py():
            column = pac.if_else(found, pa.scalar(None, pa.string()), column)
    if kind not in _TEXTS:
        # Whatever is damaged is not of any other type.
        return column
    for sign, damaged in (("#", _failed), ("E+", _shortened), ("e+", _shortened)):
        if holds(column, sign):
            found = damaged(pac.utf8_trim_whitespace(column))
            if pac.any(found).as_py():
                column = pac.if_else(found, UNREADABLE, column)
    return column


def _as_key(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts by which rows are found: alike where they look alike, UNREADABLE where damaged."""
    return _without_amounts(evenly_spaced(column))


def _without_amounts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts, UNREADABLE where a number was written as an amount."""
    if not holds(column, ".") and not holds(column, ","):
        return column
    found = pac.match_substring_regex(pac.utf8_trim_whitespace(column), _AS_AMOUNT)
    return pac.if_else(found, UNREADABLE, column) if pac.any(found).as_py() else column


def _meant(column: pa.ChunkedArray, words: Mapping[str, bool]) -> pa.ChunkedArray:
    """The column with `true` or `false` for the texts that mean it."""
    distinct = [text for text in column.unique().to_pylist() if text]
    means = {t: words[t.strip().casefold()] for t in distinct if t.strip().casefold() in words}
    place = pac.index_in(column, value_set=pa.array(list(means), pa.string()))
    said = pa.array([str(value).lower() for value in means.values()], pa.string())
    return pac.coalesce(pac.take(said, place), column)


def _failed(text: pa.ChunkedArray) -> pa.ChunkedArray:
    known = pac.is_in(pac.utf8_upper(text), value_set=pa.array(sorted(ERRORS), pa.string()))
    return pac.or_(known, pac.match_substring_regex(text, _TOO_NARROW))


def _shortened(text: pa.ChunkedArray) -> pa.ChunkedArray:
    return pac.match_substring_regex(text, _SHORTENED)
