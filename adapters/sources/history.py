"""A contact log as a source that is asked: contacts per key counted in windows, and the last ones.

The log is typed, joined to the keys and counted by the backend, so millions of contacts cost no
more than any other join. What can't be told of a key's contacts makes all its facts unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any, Literal
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from adapters.sources.read import SourceText
from engine.diagnostics import UpfrontError
from engine.language.load import digest_of
from engine.ports import Backend, Dialect
from engine.screening.facts import microseconds
from engine.screening.inputs import UNREADABLE, Field, Found

AT = "at"
"""The key that says when windows end; without it they end at the run's `as_of`."""
UNREADABLE_ROW, FROM_THE_FUTURE = "unreadable-row", "from-the-future"
Calendar = Literal["day", "week", "month"]
Window = timedelta | Calendar
# Clocks of a zone are set forwards and back at full quarters of an hour.
_QUARTER = 15 * 60 * 1_000_000
# Two days off what Python's calendar can hold, so that any zone can.
_FIRST, _LAST = (microseconds(datetime(*day, tzinfo=UTC)) for day in ((1, 1, 3), (9999, 12, 30)))
_AT, _END, _NUMBER, _DATED = "log at", "end", "number", "log dated"


@dataclass(frozen=True)
class Count:
    """How many contacts there were in a window: rolling, or of the calendar up to its end.

    `only` has, by the log's column, the texts of which its cell must be one (None: any cell).
    Capitals do not matter.
    """

    name: str
    window: Window
    only: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Last:
    """When the last contact was of which the cells are as `only` says."""

    name: str
    only: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class LogColumns:
    """How a log's columns are read: the moment of contacts, the keys and what tells rows apart.

    `names` are what the keys are asked by. A blank cell is a result like any other in the columns `may_be_blank`; elsewhere what it would
    have said is not known. `dated` dates rows, the newest of them the log.
    """

    at: Field
    keys: tuple[Field, ...]
    names: tuple[str, ...]
    identity: str | None = None
    may_be_blank: frozenset[str] = frozenset()
    dated: Field | None = None


@dataclass
class History:
    """Counts and last contacts for keys; fulfils the engine's `Lookup`.

    It is asked with a column for each of `columns.names`, and perhaps AT, once it knows on which
    backend to count. A contact after the window's end by no more than `skew` belongs to it; a later one makes the
    facts of its key unknown.
    """

    name: str
    text: SourceText
    columns: LogColumns
    counts: Sequence[Count]
    lasts: Sequence[Last]
    as_of: datetime
    skew: timedelta
    zone: str
    backend: Backend | None = field(default=None, repr=False)
    optional: frozenset[str] = frozenset()
    failure: str = ""

    @property
    def facts(self) -> tuple[Count | Last, ...]:
        """All that is asked of the log."""
        return (*self.counts, *self.lasts)

    @property
    def rows(self) -> int:
        """How many contacts the log holds."""
        return int(self.text.table.num_rows)

    @property
    def digest(self) -> str:
        """Hex; of the log and of what is asked of it."""
        asked = repr((self.columns, self.counts, self.lasts, self.skew, self.zone))
        return digest_of({"log": self.text.digest, "asked": asked})

    def __call__(self, keys: pa.Table) -> Found:
        """The facts of these keys, row by row, as texts that config.yaml's types are read from."""
        if self.backend is None:
            raise UpfrontError(f"source `{self.name}` can't be counted yet")
        return self._found(keys, self.backend)

    def _found(self, keys: pa.Table, backend: Backend) -> Found:
        log = backend.keep(f"contacts {self.name}", self._typed(backend))
        nameless, dated = self._as_a_whole(log, backend)
        if nameless:
            self.failure = (
                f"{nameless} contacts of the log have a key that is blank or can't be read, so nobody "
                "knows whose they are"
            )
            nothing = pa.nulls(keys.num_rows, pa.string())
            names = [fact.name for fact in self.facts]
            problem = pa.repeat(pa.scalar(UNREADABLE_ROW), keys.num_rows)
            return Found(pa.table(dict.fromkeys(names, nothing)), problem=problem)
        asked = backend.load(f"ends {self.name}", self._ends(keys))
        counted = backend.keep(f"counted {self.name}", self._counted(asked, log, backend.dialect))
        found = backend.stream(counted.order_by(_NUMBER)).read_all()
        problem = found["problem"].combine_chunks()
        self.failure = _spoken(problem)
        table = found.select([fact.name for fact in self.facts])
        moments = None if self.columns.dated is None else pa.repeat(dated, keys.num_rows)
        return Found(table, problem=problem, as_of=moments)

    def _typed(self, backend: Backend) -> ir.Table:
        """The log's rows: typed keys (null: unreadable), the moment, and the cells asked for."""
        raw = backend.load(f"log {self.name}", self.text.table)
        dialect = backend.dialect

        def read(how: Field) -> Any:
            return dialect.parse(dialect.clean(raw[how.column]), how.type, how)

        columns = {_key(i): read(how) for i, how in enumerate(self.columns.keys)}
        columns[_AT] = read(self.columns.at)
        dated = self.columns.dated
        columns[_DATED] = ibis.null("int64") if dated is None else read(dated)
        for column in sorted({c for fact in self.facts for c in fact.only}):
            cell = dialect.clean(raw[column].fill_null("")).nullif(UNREADABLE)
            blank_is_known = column in self.columns.may_be_blank
            columns[_cell(column)] = (cell if blank_is_known else cell.nullif("")).lower()
        if self.columns.identity is None:
            return raw.select(**columns)
        named = dialect.clean(raw[self.columns.identity]).nullif("").nullif(UNREADABLE)
        rows = raw.select(**columns, identity=named)
        told = rows.filter(rows["identity"].notnull()).distinct()
        return ibis.union(told, rows.filter(rows["identity"].isnull()))

    def _as_a_whole(self, log: ir.Table, backend: Backend) -> tuple[int, int | None]:
        """How many contacts nobody can be found for, and the newest date of the log."""
        nameless = reduce(or_, (log[_key(i)].isnull() for i in range(len(self.columns.keys))))
        newest = log[_DATED].max()
        (row,) = backend.rows(log.aggregate(nameless=nameless.sum(), newest=newest))
        return row["nameless"] or 0, row["newest"]

    def _ends(self, keys: pa.Table) -> pa.Table:
        """The keys with their number, the end of their windows and the beginning of each."""
        count = keys.num_rows
        if AT in keys.column_names:
            end = keys[AT].combine_chunks().cast(pa.int64())
        else:
            end = pa.repeat(pa.scalar(microseconds(self.as_of), pa.int64()), count)
        columns: dict[str, Any] = {_NUMBER: pa.array(range(count), pa.int64()), _END: end}
        columns |= {_key(i): keys[name] for i, name in enumerate(self.columns.names)}
        for window in {c.window for c in self.counts}:
            if isinstance(window, timedelta):
                length = window // timedelta(microseconds=1)
                start = pc.subtract(end, pa.scalar(length - 1, pa.int64()))
            else:
                start = calendar_starts(end, window, self.zone)
            columns[_start(window)] = start
        return pa.table(columns)

    def _counted(self, asked: ir.Table, log: ir.Table, dialect: Dialect) -> ir.Table:
        """What was found of each key, by their numbers."""
        same = [asked[_key(i)] == log[_key(i)] for i in range(len(self.columns.keys))]
        rows = asked.inner_join(log, same)
        moment: Any = rows[_AT]
        latest = rows[_END] + self.skew // timedelta(microseconds=1)
        doubts = [moment.isnull()]
        measures: dict[str, Any] = {"future": (moment > latest).any()}
        for count in self.counts:
            inside, fits = moment >= rows[_start(count.window)], _fits(rows, count.only)
            measures[f"found {count.name}"] = (inside & fits).sum()
            doubts.append(inside & fits.isnull())
        for last in self.lasts:
            fits = _fits(rows, last.only)
            measures[f"found {last.name}"] = moment.max(where=fits)
            doubts.append(fits.isnull())
        no = ibis.literal(value=False)
        doubt = reduce(or_, (ibis.coalesce(d, no) for d in doubts)).any()
        by_key = rows.group_by(_NUMBER).aggregate(doubt=doubt, **measures)
        every = asked.left_join(by_key, _NUMBER)
        facts = {c.name: every[f"found {c.name}"].fill_null(0).cast("string") for c in self.counts}
        facts |= {last.name: dialect.iso(every[f"found {last.name}"]) for last in self.lasts}
        problem = ibis.cases((every["doubt"], UNREADABLE_ROW), (every["future"], FROM_THE_FUTURE))
        return every.select(every[_NUMBER], problem=problem, **facts)


def calendar_starts(ends: pa.Array, window: Calendar, zone: str) -> pa.Array:
    """When the day, week (from Monday) or month of each moment begins in a zone.

    Moments are microseconds since 1970 in UTC. A midnight that the clocks skip or show twice is
    the first moment of its day. At the ends of the calendar, where no clock shows a day, it is that
    of a day or two nearer.
    """
    place, epoch = ZoneInfo(zone), datetime(1970, 1, 1, tzinfo=UTC)
    numbers = pc.floor(pc.divide(ends.cast(pa.float64(), safe=False), float(_QUARTER)))
    quarters = pc.multiply(numbers.cast(pa.int64()), _QUARTER)
    encoded = quarters.dictionary_encode()
    starts = []
    for quarter in encoded.dictionary.to_pylist():
        moment = min(max(quarter, _FIRST), _LAST)
        day = (epoch + timedelta(microseconds=moment)).astimezone(place).date()
        if window == "week":
            day -= timedelta(days=day.weekday())
        elif window == "month":
            day = day.replace(day=1)
        starts.append(microseconds(datetime(day.year, day.month, day.day, tzinfo=place)))
    return pa.array(starts, pa.int64()).take(encoded.indices)


def _fits(rows: ir.Table, only: Mapping[str, tuple[str, ...]]) -> Any:
    """Whether a contact is of the kind; null where a cell that decides it says nothing."""
    kinds = [rows[_cell(c)].isin([text.lower() for text in texts]) for c, texts in only.items()]
    return reduce(and_, kinds, ibis.literal(value=True))


def _spoken(problem: pa.Array) -> str:
    found = Counter(p for p in problem.drop_null().to_pylist())
    if not found:
        return ""
    classes = ", ".join(f"{count:,} {name}" for name, count in sorted(found.items()))
    return f"{sum(found.values()):,} of {len(problem):,} keys can't be told: {classes}"


def _key(number: int) -> str:
    return f"key{number}"


def _cell(column: str) -> str:
    return f"cell {column}"


def _start(window: timedelta | str) -> str:
    return f"start {window}"
