"""PostgreSQL's own text of a table or query, in pieces of some megabytes, as columns of text.

COPY sends rows an order of magnitude faster than they can be made Python objects, and every type
has a text. Where that is not the text in which config.yaml's types are read, it is changed here,
column by column.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pac
import pyarrow.csv as pc
import sqlalchemy as sa

from adapters.sources.read import SourceFailure
from adapters.sources.typed_text import text_column

_PIECE = 8 * 1024 * 1024
_BOOL, _BYTES = 16, 17
_JSON = (114, 3802)
_FLOATS = (700, 701)
_NUMERIC = 1700
_TEXTS = (18, 19, 25, 1042, 1043)
_MOMENTS = (1114, 1184)
# What can be sorted as it is: numbers, texts, dates, uuid and the like. Not all types can be.
_SORTABLE = {_BOOL, *_TEXTS, 20, 21, 23, 26, *_FLOATS, 1082, 1083, *_MOMENTS, _NUMERIC, 2950}
_MOMENT = r"^(?P<day>\d{4}-\d\d-\d\d) (?P<clock>\d\d:\d\d:\d\d)(?P<part>\.\d{1,6})?(?P<zone>\+00)?$"


class Copied:
    """The rows of `form`, a table's quoted name or a query in parentheses.

    `connection` is one to PostgreSQL through psycopg, in a transaction, as `reading` makes it.
    """

    def __init__(self, connection: sa.Connection, form: str) -> None:
        self._form = form
        driver: Any = connection.connection.driver_connection
        self._cursor = driver.cursor()
        # Asked for in binary it is one statement; as text, a second could end the transaction.
        self._cursor.execute(f"SELECT * FROM {form} AS q LIMIT 0", binary=True)  # noqa: S608
        self.names: list[str] = [column.name for column in self._cursor.description]
        self._types: list[int] = [column.type_code for column in self._cursor.description]
        self._cursor.execute("SELECT oid::bigint FROM pg_catalog.pg_type WHERE typcategory = 'A'")
        self._arrays = {row[0] for row in self._cursor.fetchall()}

    def text(
        self, places: Sequence[int], separators: Sequence[str | None], order: Sequence[int]
    ) -> tuple[pa.Table, list[str]]:
        """Columns `c0`, `c1`, … with the text of those at `places`, and which are of no text type."""
        titles = [f"c{i}" for i in range(len(places))]
        changes = [
            self._change(place, separator)
            for place, separator in zip(places, separators, strict=True)
        ]
        pieces = []
        for data in self._pieces(places, order):
            piece = _parsed(data, titles)
            columns = [
                column if change is None else change(column)
                for column, change in zip(piece.columns, changes, strict=True)
            ]
            pieces.append(pa.table(columns, names=titles))
        schema = pa.schema([(title, pa.string()) for title in titles])
        found = pa.concat_tables([schema.empty_table(), *pieces])
        if found.num_rows != self._cursor.rowcount:
            # Absence is concluded from what was read, so it must be all there is.
            raise SourceFailure(
                f"{self._cursor.rowcount} rows were sent and {found.num_rows} could be read"
            )
        typed = [t for t, p in zip(titles, places, strict=True) if self._types[p] not in _TEXTS]
        return found, typed

    def _pieces(self, places: Sequence[int], order: Sequence[int]) -> Iterator[bytes]:
        """What COPY sends, a whole number of rows at a time."""
        named = ", ".join(f"c{i}" for i in range(len(self.names)))
        chosen = ", ".join(self._shown(place) for place in places)
        by = ", ".join(self._sorted(place) for place in order)
        query = f"SELECT {chosen} FROM {self._form} AS q({named})"  # noqa: S608
        query += f" ORDER BY {by}" if by else ""
        piece = bytearray()
        with self._cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
            for row in copy:
                piece += row
                if len(piece) > _PIECE:
                    yield bytes(piece)
                    piece.clear()
        if piece:
            yield bytes(piece)

    def _shown(self, place: int) -> str:
        kind = self._types[place]
        if kind in self._arrays:
            return f"to_jsonb(c{place})"
        return f"encode(c{place}, 'hex')" if kind == _BYTES else f"c{place}"

    def _sorted(self, place: int) -> str:
        return f"c{place}" if self._types[place] in _SORTABLE else f"c{place}::text"

    def _change(
        self, place: int, separator: str | None
    ) -> Callable[[pa.ChunkedArray], pa.ChunkedArray | pa.Array] | None:
        """What makes the text of a column config.yaml's; None where it is."""
        kind = self._types[place]
        if kind == _BOOL:
            return lambda column: pac.if_else(pac.equal(column, "t"), "true", "false")
        if kind in _FLOATS:
            return lambda column: _by_value(column, lambda texts: [float(t) for t in texts], None)
        if kind == _NUMERIC:
            # The same key as in a column of whole numbers.
            return lambda column: pac.replace_substring_regex(column, r"\.0+$", "")
        if kind in _MOMENTS:
            return _moments
        if kind in (*self._arrays, *_JSON) and separator is not None:
            return lambda column: _by_value(column, _lists, separator)
        return None


def _parsed(data: bytes, titles: list[str]) -> pa.Table:
    """Rows of COPY's CSV: what is empty and in quotes is an empty text, and else no value."""
    try:
        return pc.read_csv(
            pa.BufferReader(data),
            # One thread, one block: a line break within a text is then no question.
            read_options=pc.ReadOptions(
                use_threads=False, block_size=len(data) + 1, column_names=titles
            ),
            parse_options=pc.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pc.ConvertOptions(
                column_types={title: pa.string() for title in titles},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        # Its words hold data.
        raise SourceFailure("the database sent text that is not UTF-8") from None


def _by_value(
    column: pa.ChunkedArray, values: Callable[[list[str]], list[Any]], separator: str | None
) -> pa.Array:
    """Each distinct text made a value, and that the text config.yaml's types are read from."""
    coded = column.combine_chunks().dictionary_encode()
    texts = text_column(values(coded.dictionary.to_pylist()), separator)
    return texts.take(coded.indices)


def _lists(texts: list[str]) -> list[Any]:
    return [json.loads(text, parse_float=Decimal) for text in texts]


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As ISO 8601; what has no such form (`infinity`, years before Christ) stays as it is."""
    parts = pac.extract_regex(column, _MOMENT)
    day, clock, part, zone = (
        pac.struct_field(parts, name) for name in ("day", "clock", "part", "zone")
    )
    part = pac.if_else(pac.equal(part, ""), "", pac.utf8_rpad(part, 7, "0"))
    zone = pac.if_else(pac.equal(zone, ""), "", "+00:00")
    whole = pac.binary_join_element_wise(day, clock, "T")
    return pac.coalesce(pac.binary_join_element_wise(whole, part, zone, ""), column)
