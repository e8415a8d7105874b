"""Answers kept between runs: one SQLite file per source, which knows neither keys nor tokens.

An answer is found by a hash of what was asked, keyed with the secret of the cache folder, and holds
only the facts that rules can read of it. Each row is sealed with that secret as well: one that was
damaged or altered is as good as none. Without a usable file there is no cache, and never a wrong
answer; several processes may use it at a time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.sources.cache_folder import cache_file, secret
from adapters.sources.services.answers import Cell, Told

_PATIENCE = 5.0
_AT_ONCE = 500
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TABLE = """\
CREATE TABLE IF NOT EXISTS answer_1 (
    asked BLOB PRIMARY KEY, given_at INTEGER NOT NULL, told TEXT NOT NULL, seal BLOB NOT NULL
) WITHOUT ROWID"""


@dataclass(frozen=True)
class Kept:
    """An answer, and when the service gave it."""

    told: Told
    given_at: datetime


class Cache:
    """The answers of one source; SQLite errors and OSError are raised by `opened` only.

    `trouble` says for people what went wrong with it, if anything did.
    """

    def __init__(self, connection: sqlite3.Connection, key: bytes, trouble: str = "") -> None:
        self._connection, self._key, self.trouble = connection, key, trouble
        self._is_full = False

    def found(self, questions: Iterable[str]) -> dict[str, Kept]:
        """What is kept in answer to these questions."""
        places = {self._mac("asked", question): question for question in questions}
        hashes, found = list(places), dict[str, Kept]()
        for start in range(0, len(hashes), _AT_ONCE):
            part = hashes[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            query = f"SELECT asked, given_at, told, seal FROM answer_1 WHERE asked IN ({marks})"  # noqa: S608 - marks only
            try:
                rows = self._connection.execute(query, part).fetchall()
            except sqlite3.Error:
                self.trouble = "its cache can't be read, so everything was asked anew"
                return {}
            for asked, given_at, told, seal in rows:
                if self._is_whole(asked, given_at, told, seal):
                    found[places[asked]] = Kept(_told(told), _moment(given_at))
        return found

    def keep(self, answers: Mapping[str, Kept]) -> None:
        """Keep answers, by their questions, in place of older ones."""
        rows = []
        for question, kept in answers.items():
            asked, given_at = self._mac("asked", question), _number(kept.given_at)
            told = _text(kept.told)
            rows.append((asked, given_at, told, self._seal(asked, given_at, told)))
        # What could not be written once is not tried again: each try may wait for its turn.
        if self._is_full:
            return
        try:
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO answer_1 VALUES (?, ?, ?, ?)", rows
                )
        except sqlite3.Error:
            self._is_full, self.trouble = True, "answers could not be kept in its cache"

    def forget_before(self, moment: datetime) -> None:
        """Delete what was given before that moment."""
        with suppress(sqlite3.Error), self._connection:
            self._connection.execute("DELETE FROM answer_1 WHERE given_at < ?", [_number(moment)])

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _seal(self, asked: bytes, given_at: int, told: str) -> bytes:
        return self._mac("seal", json.dumps([asked.hex(), given_at, told]))

    def _is_whole(self, asked: bytes, given_at: Any, told: Any, seal: Any) -> bool:
        typed = isinstance(given_at, int) and isinstance(told, str) and isinstance(seal, bytes)
        return typed and hmac.compare_digest(seal, self._seal(asked, given_at, told))

    def _mac(self, purpose: str, content: str) -> bytes:
        return hmac.digest(self._key, f"{purpose}\n{content}".encode(), hashlib.sha256)


def opened(folder: Path, name: str) -> Cache:
    """The cache of the source of that name; a file that is none is begun anew.

    OSError or sqlite3.Error when that can't be done: the caller then does without.
    """
    key, path = secret(folder), cache_file(folder, f"service-{name}.sqlite")
    try:
        return Cache(_connected(path), key)
    except sqlite3.OperationalError:
        # Busy, or a disk that is full: no reason to throw away what others keep there.
        raise
    except sqlite3.DatabaseError:
        for leftover in (path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))):
            leftover.unlink(missing_ok=True)
        made = cache_file(folder, path.name)
        return Cache(_connected(made), key, "its cache was damaged and is begun anew")


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level="IMMEDIATE")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_TABLE)
        # A broken page shows here and not in the middle of a run.
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _text(told: Told) -> str:
    expires = None if told.expires is None else _number(told.expires)
    return json.dumps([dict(told.cells), told.known, expires])


def _told(text: str) -> Told:
    cells: Mapping[str, Cell]
    cells, known, expires = json.loads(text)
    return Told(cells, known, None if expires is None else _moment(expires))


def _number(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND
