"""The ledger as the rest of upfront uses it: open it, record a run in it, read it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Index, MetaData, Select, func, insert, select

from adapters.ledger import schema
from adapters.ledger.guard import sole_use
from adapters.ledger.key import load_key, load_or_make_key
from adapters.ledger.opening import (
    LedgerUnusable,
    NoLedger,
    bring_up_to_date,
    ledger_path,
    make_engine,
    refuse_read_only,
    said_clearly,
)
from adapters.ledger.tables import refuse_changed
from engine.diagnostics import LedgerBroken, UpfrontError
from engine.ledger.canonical import json_text, texts_digest
from engine.ledger.checkpoint import Checkpoint, sign_note, statement
from engine.ledger.merkle import Frontier
from engine.ledger.moment import Moment
from engine.ledger.run import RunRecord, run_digest, stored_columns

_RUN_FIELDS = tuple(f.name for f in fields(RunRecord) if f.init)
_IN_JSON = ("counts", "rules", "pools", "sources")


class RunAlreadyRecorded(UpfrontError):
    """The ledger has a run of this id; recording it twice would count its moments twice."""


@dataclass(frozen=True)
class LedgerRange:
    """Where a run's moments are: from `first_seq` to `last_seq`, and the root (hex) after them.

    A run that blocked nobody has `last_seq == first_seq - 1`.
    """

    first_seq: int
    last_seq: int
    root: str


@dataclass(frozen=True)
class WholeRead:
    """A source as a recorded run read it: whole, with so many rows; `as_of` is the run's clock."""

    rows: int
    run_id: str
    as_of: str


def open_ledger(url: str, key_path: Path, *, create: bool = True) -> Ledger:
    """The ledger at a database URL; made, or brought up to date, if need be.

    `key_path` is not touched before something is recorded or verified. With `create` false a
    ledger that does not exist is an error. Raises LedgerUnusable with what is wrong and what to do.
    """
    path = ledger_path(url)
    if not path.exists():
        if not create:
            raise NoLedger(f"there is no ledger at {path}", "the first `upfront run` makes it")
        if not path.parent.is_dir():
            raise LedgerUnusable(
                f"the ledger's folder {path.parent} does not exist",
                "make it, or name another file as `ledger` in config.yaml",
            )
    ledger = Ledger(path, key_path)
    with sole_use(path):
        bring_up_to_date(ledger.engine, path, create=create)
    return ledger


class Ledger:
    """One ledger file. Safe to use from several threads and processes; uses of it do not nest."""

    def __init__(self, path: Path, key_path: Path) -> None:
        self.path = path
        self.key_path = key_path
        self.engine = make_engine(path)

    def ready(self) -> None:
        """Makes or loads the signing key, so that a run fails before its work and not after.

        Raises UnusableKey, also when the ledger has been signed and its key is not there, LedgerUnusable
        when it may not be written to, and LedgerBroken when its tables might not keep what is written.
        """
        refuse_read_only(self.path)
        with self.reading() as connection:
            refuse_changed(connection, self.path)
        self.signing_key()

    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs; made only for a ledger in which nothing is signed yet."""
        if self.key_path.exists():
            return load_key(self.key_path)
        with self.reading() as connection:
            begun = connection.execute(select(func.count()).select_from(schema.checkpoint)).scalar()
        return load_key(self.key_path) if begun else load_or_make_key(self.key_path)

    def record(
        self,
        run: RunRecord,
        texts: Mapping[str, str],
        moments: pa.RecordBatchReader,
        before_commit: Callable[[], object] = lambda: None,
    ) -> LedgerRange:
        """Writes a run, its rules and configuration, and its prevented moments: all, durably, or none.

        `texts` are the exact texts of rules and configuration by name. `moments` has the text columns
        BULK_COLUMNS of engine.ledger.moment, in the order in which they get their `seq`. Raises
        RunAlreadyRecorded, LedgerBroken when the ledger does not fit its last checkpoint,
        LedgerUnusable when it cannot be written or the moments are not `run.blocked` many, and
        whatever reading `moments` or `before_commit` raises; this is called when all is written.
        """
        # ADBC takes 0.1 s to load, and reading needs none of it.
        from adapters.ledger.bulk import transaction
        from adapters.ledger.tip import new_origin, read_tip

        key = self.signing_key()
        with sole_use(self.path), transaction(self.path) as writes:
            known = select(schema.run.c.number).where(schema.run.c.run_id == run.run_id)
            if writes.rows(known):
                raise RunAlreadyRecorded(
                    f"run {run.run_id} was recorded meanwhile, by another process",
                    "run it again: then its files are put in place, and nothing is recorded twice",
                )
            tip = read_tip(writes, self.path, key.public_key())
            origin = tip.origin or new_origin(secrets.token_hex(8))
            frontier = Frontier(tip.frontier.size, tip.frontier.subtrees)
            count = writes.append(moments, run.run_id, frontier)
            if count != run.blocked:
                raise LedgerUnusable(
                    f"the run says it blocked {run.blocked}, and handed over {count} moments",
                    "nothing was recorded; please report this as a defect",
                )
            root = frontier.root()
            written = replace(
                run,
                number=tip.runs + 1,
                texts_digest=texts_digest(texts),
                first_seq=tip.frontier.size + 1,
                last_seq=frontier.size,
                root=root.hex(),
            )
            if not writes.rows(_ruleset_query(written.texts_digest)):
                writes.do(
                    insert(schema.ruleset).values(
                        digest=written.texts_digest, texts=json_text(dict(texts))
                    )
                )
            row = stored_columns(written)
            note = sign_note(statement("run", origin, run_digest(row)), origin, key)
            writes.do(insert(schema.run).values(**row, note=note))
            writes.do(
                insert(schema.checkpoint).values(
                    number=tip.checkpoints + 1,
                    run_id=run.run_id,
                    size=frontier.size,
                    root=root.hex(),
                    frontier=frontier.to_text(),
                    note=Checkpoint(origin, frontier.size, root).sign(key),
                )
            )
            before_commit()
        return LedgerRange(written.first_seq, written.last_seq, written.root)

    def find_run(self, run_id: str) -> RunRecord | None:
        """The run of that id."""
        found = self._runs(select(schema.run).where(schema.run.c.run_id == run_id))
        return found[0] if found else None

    def runs(self, limit: int | None = None, offset: int = 0) -> list[RunRecord]:
        """Runs, the newest first."""
        newest = select(schema.run).order_by(schema.run.c.number.desc())
        return self._runs(newest.limit(limit).offset(offset))

    def last_whole(self, names: Collection[str]) -> dict[str, WholeRead]:
        """When each of these sources was last read whole by a run, and how many rows it had.

        A source that no recorded run has read whole is left out.
        """
        table = schema.run.c
        newest = select(table.run_id, table.as_of, table.sources).order_by(table.number.desc())
        found: dict[str, WholeRead] = {}
        with self.reading() as connection:
            for run_id, as_of, text in connection.execute(newest.where(table.sources.is_not(None))):
                try:
                    for name, source in json.loads(text).items():
                        if name in names and name not in found and source["whole"]:
                            found[name] = WholeRead(int(source["rows"]), run_id, as_of)
                except (ValueError, TypeError, KeyError, AttributeError):
                    raise _changed(run_id) from None
                if len(found) == len(names):
                    break
        return found

    def moments(
        self,
        *,
        run_id: str | None = None,
        customer_id: str | None = None,
        candidate_id: str | None = None,
        rule: str | None = None,
        cause: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Moment]:
        """Prevented moments by `seq`; each argument given narrows them."""
        table = schema.prevented_moment.c
        query = select(schema.prevented_moment).order_by(table.seq)
        if run_id is not None:
            run = self.find_run(run_id)
            if run is None:
                return []
            # A run's moments stand together, so its range serves as an index.
            query = query.where(table.seq.between(run.first_seq, run.last_seq))
        wanted = {"customer_id": customer_id, "candidate_id": candidate_id}
        wanted |= {"rule": rule, "cause": cause}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(table[name] == value)
        with self.reading() as connection:
            rows = connection.execute(query.limit(limit).offset(offset)).mappings()
            return [Moment(**row) for row in rows]

    def moment(self, seq: int) -> Moment | None:
        """The moment of that number."""
        table = schema.prevented_moment
        with self.reading() as connection:
            row = connection.execute(select(table).where(table.c.seq == seq)).mappings().first()
        return None if row is None else Moment(**row)

    def ruleset(self, texts_digest: str) -> dict[str, str] | None:
        """The exact texts of rules and configuration by name; see RunRecord.texts_digest."""
        with self.reading() as connection:
            text = connection.execute(_ruleset_query(texts_digest)).scalar()
        return None if text is None else json.loads(text)

    def last_checkpoint(self) -> str | None:
        """The newest checkpoint, a signed note to be kept outside; None before the first run."""
        table = schema.checkpoint
        with self.reading() as connection:
            newest = select(table.c.note).order_by(table.c.number.desc()).limit(1)
            return connection.execute(newest).scalar()

    def make_search_indexes(self) -> None:
        """Makes searching by customer and by rule fast, and every later run slower to record."""
        # A copy: the index is this ledger's own, not part of every ledger's schema.
        table = schema.prevented_moment.to_metadata(MetaData())
        with sole_use(self.path), said_clearly(self.path):
            writing = self.engine.connect().execution_options(ledger_write=True)
            with writing as connection, connection.begin():
                for name in ("customer_id", "rule"):
                    index = Index(f"prevented_moment_by_{name}", table.c[name])
                    index.create(connection, checkfirst=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with; the file is nobody else's in this process until it ends."""
        with sole_use(self.path), said_clearly(self.path), self.engine.connect() as connection:
            yield connection

    def _runs(self, query: Select[Any]) -> list[RunRecord]:
        with self.reading() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [_run(row) for row in rows]


def _run(row: Mapping[str, Any]) -> RunRecord:
    read = {name: row[name] for name in _RUN_FIELDS}
    try:
        read |= {name: json.loads(read[name]) for name in _IN_JSON if read[name] is not None}
    except (ValueError, TypeError):
        raise _changed(row["run_id"]) from None
    return RunRecord(**read)


def _changed(run_id: str) -> LedgerBroken:
    return LedgerBroken(
        f"what the ledger says of run {run_id} can't be read",
        "`upfront audit verify` tells what was changed",
    )


def _ruleset_query(digest: str) -> Select[Any]:
    return select(schema.ruleset.c.texts).where(schema.ruleset.c.digest == digest)
