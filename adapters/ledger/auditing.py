"""Verifying a ledger of any size: rows are read a stretch at a time and nobody is kept from writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row, Select, Table, func, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from adapters.ledger import schema
from adapters.ledger.key import load_key
from adapters.ledger.opening import LedgerUnusable
from adapters.ledger.store import Ledger
from adapters.ledger.tables import misfits
from engine.ledger.findings import Finding, Verification
from engine.ledger.moment import COLUMNS
from engine.ledger.verify import verify

STRETCH = 20_000


def verify_ledger(
    ledger: Ledger,
    *,
    trusted: str | None = None,
    key: Ed25519PublicKey | None = None,
    progress: Callable[[int], None] | None = None,
) -> Verification:
    """Recomputes everything in the ledger; `trusted` is a checkpoint's text kept outside.

    Holds for the ledger as it was when it began; a run recorded meanwhile is not looked at.
    `key` is the public key to trust; by default that of the ledger's signing key, which must then
    exist. `progress` is told how many moments have been read. Raises UnusableKey and, when the file
    cannot be opened at all, LedgerUnusable; bad data is never raised, but found.
    """
    key = key or load_key(ledger.key_path).public_key()
    reader = _Reader(ledger, progress)
    result = verify(
        reader.moments(),
        runs=reader.runs,
        checkpoints=reader.checkpoints,
        rulesets=reader.rulesets,
        erasures=reader.erasures,
        key=key,
        trusted=trusted,
    )
    for code, texts in (
        ("tables-changed", reader.misfits),
        ("ledger-unreadable", reader.unreadable),
    ):
        if texts:
            result = replace(
                result,
                findings=(*result.findings, *(Finding(code, None, text) for text in texts)),
                counts={**result.counts, code: len(texts)},
            )
    return result


class _Reader:
    """The ledger's tables at one instant, its moments to be streamed."""

    def __init__(self, ledger: Ledger, progress: Callable[[int], None] | None) -> None:
        self.ledger = ledger
        self.progress = progress
        self.unreadable: list[str] = []
        self.erasures: dict[int, Mapping[str, Any]] = {}
        with ledger.reading() as connection:
            self.misfits = misfits(connection)
            self.runs = self._table(connection, schema.run)
            self.checkpoints = self._table(connection, schema.checkpoint)
            self.rulesets = self._table(connection, schema.ruleset)
            self._add_erasures(self._table(connection, schema.erasure))
            self.end = self._last_moment(connection)

    def moments(self) -> Iterator[Sequence[object]]:
        """Every moment there was at that instant, by `seq`."""
        table = schema.prevented_moment
        columns = [table.c[name] for name in COLUMNS]
        last: int | None = None
        done = 0
        while self.end is not None:
            query = select(*columns).where(table.c.seq <= self.end).order_by(table.c.seq)
            if last is not None:
                query = query.where(table.c.seq > last)
            try:
                rows = self._stretch(query.limit(STRETCH))
            except LedgerUnusable as error:
                self.unreadable.append(f"moments after {last or 0} cannot be read: {error}")
                return
            if not rows:
                return
            yield from rows
            last = rows[-1][0]
            done += len(rows)
            if self.progress:
                self.progress(done)

    def _stretch(self, query: Select[Any]) -> Sequence[Sequence[Any]]:
        """Moments, and the erasures made since: a row may be erased while the ledger is read."""
        erasure = schema.erasure
        with self.ledger.reading() as connection:
            rows = _rows(connection, query)
            if rows:
                new = select(erasure).where(erasure.c.seq.between(rows[0][0], rows[-1][0]))
                self._add_erasures([dict(r) for r in connection.execute(new).mappings()])
        return rows

    def _table(self, connection: Connection, table: Table) -> list[dict[str, Any]]:
        query = select(table).order_by(*table.primary_key.columns)
        try:
            return [
                dict(zip(table.columns.keys(), row, strict=True))
                for row in _rows(connection, query)
            ]
        except SQLAlchemyError as error:
            self.unreadable.append(
                f"the table {table.name} cannot be read ({type(error).__name__})"
            )
            return []

    def _last_moment(self, connection: Connection) -> int | None:
        try:
            return connection.execute(select(func.max(schema.prevented_moment.c.seq))).scalar()
        except SQLAlchemyError as error:
            self.unreadable.append(f"the moments cannot be read ({type(error).__name__})")
            return None

    def _add_erasures(self, rows: Sequence[Mapping[str, Any]]) -> None:
        # A number is missing only where the table has lost its key, and that has been found.
        self.erasures.update((row["seq"], row) for row in rows if isinstance(row["seq"], int))


def _rows(connection: Connection, query: Select[Any]) -> Sequence[Row[Any]]:
    try:
        return connection.execute(query).all()
    except OperationalError:
        # Perhaps texts that are not UTF-8: read as something no hash fits, they can be found. Not
        # from the start, for it makes reading slower.
        raw: Any = connection.connection.dbapi_connection
        raw.text_factory = _decode
        return connection.execute(query).all()


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
