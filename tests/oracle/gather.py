"""Candidates and sources → for every row, its identity and its facts (or that it is invalid)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.cells import WHITE, Field, fact, moment
from tests.oracle.states import ABSENT, UNKNOWN, Fact, Mark, Value
from tests.oracle.tables import Job, Table

_AGE = re.compile(r"([0-9]+) ?(s|m|h|d|w)")
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_IDENTITY = (("id", "candidate_id"), ("customer", "customer_id"), ("offer", "offer_id"))


@dataclass(frozen=True)
class Candidate:
    """One row of the list, numbered from 1; `facts` is empty where the row is no candidate."""

    row: int
    candidate_id: str
    valid: bool
    facts: dict[str, Fact]


def gather(job: Job) -> list[Candidate]:
    """Every row in the list's order, with all declared facts of valid ones.

    Raises ValueError for two rows of a source with one key.
    """
    rows = _Rows(job)
    found = [rows.read(n, cells) for n, cells in enumerate(job.candidates.rows, start=1)]
    seen = Counter(c.candidate_id for c in found if rows.fits(c.row))
    sources = [_Source(job, name) for name in _in_order(job.config)]
    out = []
    for one in found:
        if not one.valid or seen[one.candidate_id] > 1:
            out.append(Candidate(one.row, one.candidate_id, valid=False, facts={}))
            continue
        for source in sources:
            one.facts.update(source.facts_for(one.facts))
        out.append(one)
    return out


def declared(said: dict[str, Any] | None) -> list[Field]:
    """The fields of `candidates` or of a source."""
    return [Field.declared(name, how) for name, how in ((said or {}).get("fields") or {}).items()]


class _Rows:
    """The list itself: who is to be called with what, and the candidate's own facts."""

    def __init__(self, job: Job) -> None:
        self.said: dict[str, Any] = job.config["candidates"]
        self.columns = job.candidates.columns
        self.rows = job.candidates.rows
        self.as_of = job.as_of
        self.readers = [
            (f"candidate.{f.name}", self.columns.index(f.column), _Reader(f, job.zone))
            for f in declared(self.said)
        ]
        self.planned: tuple[int, _Reader] | None = None
        if planned := self.said.get("contact_at"):
            options = planned if isinstance(planned, dict) else {"column": planned}
            field = Field.declared("contact_at", {"type": "timestamp", **options})
            self.planned = self.columns.index(field.column), _Reader(field, job.zone)
        self.identity = [
            (f"candidate.{name}", self._columns_of(self.said[key]), self.said[key])
            for key, name in (*_IDENTITY, ("channel", "channel"))
        ]

    def _columns_of(self, said: Any) -> list[int]:
        """Where an identity is read from; nowhere for a fixed value and for the row's number."""
        if isinstance(said, dict) or (said == "row" and said not in self.columns):
            return []
        return [self.columns.index(c) for c in ([said] if isinstance(said, str) else said)]

    def fits(self, row: int) -> bool:
        return len(self.rows[row - 1]) == len(self.columns)

    def read(self, number: int, cells: list[Any]) -> Candidate:
        if not self.fits(number):
            # Which cell is which is anybody's guess, so no cell is taken for the id.
            return Candidate(number, "", valid=False, facts={})
        facts: dict[str, Fact] = {
            name: self._identity(columns, said, number, cells)
            for name, columns, said in self.identity
        }
        valid = all(isinstance(f, str) for f in facts.values())
        own = facts["candidate.candidate_id"]
        contact_at = self._contact_at(cells)
        if not valid or contact_at is None:
            return Candidate(number, own if isinstance(own, str) else "", valid=False, facts={})
        facts["candidate.contact_at"] = contact_at
        for name, column, reader in self.readers:
            facts[name] = reader(cells[column])
        return Candidate(number, str(own), valid=True, facts=facts)

    def _identity(self, columns: list[int], said: Any, number: int, cells: list[Any]) -> Fact:
        if not columns:
            return str(said["value"]) if isinstance(said, dict) else str(number)
        parts = [cells[at].strip(WHITE) for at in columns]
        return "|".join(parts) if all(parts) else ABSENT

    def _contact_at(self, cells: list[Any]) -> Fact | None:
        """The moment of contact, ABSENT for a blank cell, None for one that can't be read."""
        if self.planned is None:
            return self.as_of
        column, reader = self.planned
        found = reader(cells[column])
        return found if isinstance(found, datetime) or found is ABSENT else None


class _Reader:
    """Converts one field's cells and remembers them: a list has few distinct texts per column."""

    def __init__(self, field: Field, zone: ZoneInfo) -> None:
        self.field = field
        self.zone = zone
        self.known: dict[str, Fact] = {}

    def __call__(self, cell: Any) -> Fact:
        if not isinstance(cell, str):
            return fact(cell, self.field, self.zone)
        if cell not in self.known:
            self.known[cell] = fact(cell, self.field, self.zone)
        return self.known[cell]


class _Source:
    """One source, by key."""

    def __init__(self, job: Job, name: str) -> None:
        said = job.config["sources"][name]
        table = job.sources[name]
        self.keys: dict[str, str] = said["key"]
        self.fields = declared(said)
        self.names = [f"{name}.{f.name}" for f in self.fields]
        self.usable = name not in job.failed
        self.rows: dict[tuple[Value, ...], dict[str, Fact]] = {}
        if self.usable:
            ages = _Ages(job, said, table)
            self.usable = not ages.whole_is_stale
            self._index(table, ages, name, job)

    def _index(self, table: Table, ages: _Ages, name: str, job: Job) -> None:
        typed = _types(job.config)
        key_readers = [
            (table.columns.index(column), _Reader(_key_field(column, typed[fact]), job.zone))
            for column, fact in self.keys.items()
        ]
        readers = [(table.columns.index(f.column), _Reader(f, job.zone)) for f in self.fields]
        for number, cells in enumerate(table.rows):
            key = tuple(reader(cells[column]) for column, reader in key_readers)
            values = tuple(k for k in key if not isinstance(k, Mark))
            if UNKNOWN in key and ABSENT not in key:
                # It may be anybody's, so of nobody it is known that there is no row.
                self.usable = False
            if len(values) < len(key):
                continue
            if values in self.rows:
                raise ValueError(f"source {name} has two rows for the key {values!r}")
            states = [reader(cells[column]) for column, reader in readers]
            if ages.is_stale(number):
                states = [UNKNOWN] * len(states)
            self.rows[values] = dict(zip(self.names, states, strict=True))

    def facts_for(self, known: dict[str, Fact]) -> dict[str, Fact]:
        key = tuple(known[f] for f in self.keys.values())
        values = tuple(k for k in key if not isinstance(k, Mark))
        if not self.usable or len(values) < len(key):
            return dict.fromkeys(self.names, UNKNOWN)
        return self.rows.get(values) or dict.fromkeys(self.names, ABSENT)


class _Ages:
    """How old a source and its rows are, against `max_age`; without one nothing is ever stale.

    Where anybody asks for the age, what is dated later than the run's clock by more than
    `clock_skew` is as useless as what is stale.
    """

    def __init__(self, job: Job, said: dict[str, Any], table: Table) -> None:
        self.max_age = _length(said.get("max_age"))
        self.as_of = job.as_of
        skew = _length(said.get("clock_skew")) or (self.max_age and timedelta(minutes=5))
        self.latest = None if skew is None else job.as_of + skew
        self.rows: list[datetime | None] | None = None
        whole = table.dated
        column = said.get("as_of")
        if isinstance(column, str) and column in table.columns:
            at = table.columns.index(column)
            dates = {row[at] for row in table.rows}
            known = {cell: _moment_or_none(cell, job.zone) for cell in dates}
            self.rows = [known[row[at]] for row in table.rows]
            told = [m for m in self.rows if m is not None]
            believed = [m for m in told if not self._of_the_future(m)]
            whole = max(believed or told, default=None)
        self.whole_is_stale = self._old(whole) or self._of_the_future(whole)

    def is_stale(self, row: int) -> bool:
        if self.rows is None:
            return False
        return self._old(self.rows[row]) or self._of_the_future(self.rows[row])

    def _of_the_future(self, dated: datetime | None) -> bool:
        return self.latest is not None and dated is not None and dated > self.latest

    def _old(self, dated: datetime | None) -> bool:
        if self.max_age is None:
            return False
        return dated is None or dated + self.max_age < self.as_of


def _moment_or_none(cell: object, zone: ZoneInfo) -> datetime | None:
    try:
        return moment(cell, zone)
    except ValueError:
        return None


def _length(said: str | None) -> timedelta | None:
    if said is None:
        return None
    match = _AGE.fullmatch(said)
    if match is None:
        raise ValueError(f"{said!r} is no age")
    return timedelta(**{_UNIT[match[2]]: int(match[1])})


def _types(config: dict[str, Any]) -> dict[str, Field]:
    own = {f"candidate.{n}": Field(n, "string", n) for _, n in (*_IDENTITY, ("", "channel"))}
    own["candidate.contact_at"] = Field("contact_at", "timestamp", "contact_at")
    own |= {f"candidate.{f.name}": f for f in declared(config["candidates"])}
    for name, said in (config.get("sources") or {}).items():
        own |= {f"{name}.{f.name}": f for f in declared(said)}
    return own


def _key_field(column: str, joined: Field) -> Field:
    """A source's key column is read as the type of the fact it is joined on, in its plain form."""
    return Field(column, joined.type, column)


def _in_order(config: dict[str, Any]) -> list[str]:
    """The names of the sources, each after the sources whose fields it is joined on."""
    waiting = dict(config.get("sources") or {})
    done: list[str] = []
    while waiting:
        ready = [
            name
            for name, said in waiting.items()
            if not any(f.split(".")[0] in waiting for f in said["key"].values())
        ]
        if not ready:
            raise ValueError("sources are joined in a circle")
        for name in ready:
            done.append(name)
            del waiting[name]
    return done
