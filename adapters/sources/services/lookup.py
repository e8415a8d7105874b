"""A service as a source: keys in, facts or problems out; open this first."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from adapters.sources.services.answers import Cell, Kind, Told
from adapters.sources.services.cache import Cache, Kept, opened
from adapters.sources.services.settings import Bearer, Client, Reach
from engine.screening.inputs import UNREADABLE, Found

LATE = "no-answer-in-time"
EXPIRED = "expired"
_USUAL_SKEW = timedelta(minutes=5)
_KEPT_AT_ONCE = 100


@dataclass(frozen=True)
class Wanted:
    """One column that facts are read from; `separator` puts lists together."""

    column: str
    separator: str | None = None


@dataclass(frozen=True)
class Dating:
    """How answers are dated, and which are too old.

    `column` is the one of an answer that dates it; without it, an answer is as old as the moment
    it was given.
    """

    as_of: datetime
    max_age: timedelta | None = None
    clock_skew: timedelta | None = None
    column: str | None = None

    def of(self, kept: Kept) -> datetime | None:
        """The date of an answer."""
        if self.column is None:
            return kept.given_at
        said = kept.told.cells.get(self.column)
        return datetime.fromisoformat(said) if isinstance(said, str) else None


@dataclass(frozen=True)
class Keeping:
    """Where answers are kept between runs, under which name, and for how long."""

    folder: Path
    name: str
    age: timedelta


class Service:
    """A source that is asked over HTTP; see `adapters.asking.Asked` for what it tells.

    Whatever the service does, the call returns: what could not be told has a problem.
    """

    optional: frozenset[str] = frozenset()

    def __init__(
        self,
        kind: Kind,
        reach: Reach,
        as_whom: Bearer | Client | None,
        wanted: Sequence[Wanted],
        dating: Dating,
        keeping: Keeping | None = None,
        tell: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self._kind, self._reach, self._as_whom = kind, reach, as_whom
        self._wanted = list({w.column: w for w in wanted}.values())
        self._dating, self._keeping = dating, keeping
        dated = [dating.column] if dating.column else []
        self._columns = {*(w.column for w in wanted), *dated}
        self.tell = tell
        """Told how many keys are done, of how many in all."""
        self.digest, self.rows, self.failure = "", 0, ""
        self._trouble = ""

    def __call__(self, keys: pa.Table) -> Found:
        started = datetime.now(UTC)
        asked = [{name: str(value) for name, value in row.items()} for row in keys.to_pylist()]
        questions = [self._question(key) for key in asked]
        todo = dict(zip(questions, asked, strict=True))
        cache = self._opened()
        try:
            answers = self._recalled(cache, todo, started)
            self._ask_for(todo, answers, cache)
        finally:
            if cache is not None:
                self._trouble = cache.trouble
                cache.close()
        told = [self._outcome(answers[question]) for question in questions]
        return self._found(keys, told, started)

    def _question(self, key: Mapping[str, str]) -> str:
        """All that an answer depends on; facts that are asked for later need a new answer."""
        read = [str(self._kind.zone), sorted(self._columns)]
        question = [self._reach.url, *read, self._kind.question(key)]
        return json.dumps(question, sort_keys=True)

    def _opened(self) -> Cache | None:
        if self._keeping is None:
            return None
        try:
            cache = opened(self._keeping.folder, self._keeping.name)
        except (OSError, sqlite3.Error):
            self._trouble = "its cache can't be used, so everything was asked anew"
            return None
        cache.forget_before(datetime.now(UTC) - self._keeping.age)
        return cache

    def _recalled(
        self, cache: Cache | None, todo: Mapping[str, Mapping[str, str]], now: datetime
    ) -> dict[str, Kept | str]:
        if cache is None or self._keeping is None:
            return {}
        oldest = now - self._keeping.age
        return {
            question: kept
            for question, kept in cache.found(todo).items()
            if kept.given_at >= oldest and self._is_usable(kept)
        }

    def _is_usable(self, kept: Kept) -> bool:
        """Whether asking again could tell no more than this answer."""
        dating, dated = self._dating, self._dating.of(kept)
        if _is_over(kept.told, dating.as_of):
            return False
        return dating.max_age is None or (
            dated is not None and dated + dating.max_age >= dating.as_of
        )

    def _ask_for(
        self,
        todo: Mapping[str, Mapping[str, str]],
        answers: dict[str, Kept | str],
        cache: Cache | None,
    ) -> None:
        """Ask about what has no answer yet."""
        # Importing it takes a fifth of a second, which only those who ask a service should wait.
        from adapters.sources.services.crowd import ask_all

        missing = {question: key for question, key in todo.items() if question not in answers}
        fresh: dict[str, Kept] = {}

        def keep() -> None:
            if cache is not None:
                cache.keep(fresh)
            fresh.clear()

        def heard(question: str, answer: Told | str) -> None:
            if isinstance(answer, Told):
                fresh[question] = Kept(self._reduced(answer), datetime.now(UTC))
            answers[question] = answer if isinstance(answer, str) else fresh[question]
            self.tell(len(answers), len(todo))
            if len(fresh) >= _KEPT_AT_ONCE:
                keep()

        if missing:
            try:
                ask_all(self._kind, self._reach, self._as_whom, missing, heard)
            finally:
                keep()
            answers.update((q, LATE) for q in missing if q not in answers)

    def _reduced(self, told: Told) -> Told:
        """What is wanted of an answer, and no more of it."""
        cells = {n: told.cells[n] for n in self._columns if told.cells.get(n) is not None}
        return Told(cells, told.known, told.expires)

    def _outcome(self, answer: Kept | str) -> Kept | str:
        if isinstance(answer, Kept) and _is_over(answer.told, self._dating.as_of):
            return EXPIRED
        return answer

    def _found(self, keys: pa.Table, outcomes: Sequence[Kept | str], started: datetime) -> Found:
        kept = [outcome if isinstance(outcome, Kept) else None for outcome in outcomes]
        problems = [outcome if isinstance(outcome, str) else None for outcome in outcomes]
        columns = {w.column: [_cell(k, w) for k in kept] for w in self._wanted}
        dates = [None if k is None else self._date(k, started) for k in kept]
        known = [k is None or k.told.known for k in kept]
        table = {name: pa.array(cells, pa.string()) for name, cells in columns.items()}
        counted = Counter(p for p in problems if p is not None)
        self.rows = len(outcomes) - counted.total()
        told_of = (_sentence(counted, len(outcomes)), self._trouble)
        self.failure = "; ".join(sentence for sentence in told_of if sentence)
        told = [keys.to_pydict(), columns, problems, known]
        if self._dating.column is not None:
            told.append([str(date) for date in dates])
        self.digest = hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()
        return Found(
            table=pa.table(table),
            known=pa.array(known, pa.bool_()),
            problem=pa.array(problems, pa.string()),
            as_of=pa.array(dates, pa.timestamp("us", tz="UTC")).cast(pa.int64()),
        )

    def _date(self, kept: Kept, started: datetime) -> datetime | None:
        """When an answer was given; one of this run not later than the run's `as_of`.

        A run that begins now and lasts would else call its own answers a thing of the future.
        """
        date, as_of = self._dating.of(kept), self._dating.as_of
        if self._dating.column is None and started <= kept.given_at:
            skew = self._dating.clock_skew or _USUAL_SKEW
            return min(kept.given_at, as_of) if abs(started - as_of) <= skew else date
        return date


def _is_over(told: Told, as_of: datetime) -> bool:
    return told.expires is not None and told.expires < as_of


def _cell(kept: Kept | None, wanted: Wanted) -> str | None:
    cell: Cell = None if kept is None else kept.told.cells.get(wanted.column)
    if not isinstance(cell, list):
        return cell
    if wanted.separator is None or any(wanted.separator in part for part in cell):
        return UNREADABLE
    return wanted.separator.join(cell)


def _sentence(problems: Counter[str], asked: int) -> str:
    """What to say of keys without an answer, the most frequent problems first."""
    if not problems:
        return ""
    most = sorted(problems.items(), key=lambda p: (-p[1], p[0]))
    told = ", ".join(f"{count} {problem}" for problem, count in most)
    return f"{problems.total()} of {asked} keys got no usable answer: {told}"
