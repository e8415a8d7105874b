"""The ledger's tables, as SQLAlchemy Core sees them; `migrations/` makes them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

VERSION_TABLE = "ledger_version"
VERSIONS = ("0001", "0002")
"""The schema's versions, oldest first; the last is the one this program writes."""

metadata = MetaData()

# SQLite makes a key gapless and fast only when it is spelled INTEGER.
_number = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable and not primary_key, primary_key=primary_key)


run = Table(
    "run",
    metadata,
    Column("number", _number, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False, unique=True),
    _text("as_of"),
    _text("started_at"),
    _text("finished_at"),
    _text("backend"),
    Column("read", _number, nullable=False),
    Column("allowed", _number, nullable=False),
    Column("blocked", _number, nullable=False),
    _text("counts"),
    _text("rules"),
    _text("pools"),
    _text("ruleset_digest"),
    _text("config_digest"),
    _text("input_digest"),
    _text("texts_digest"),
    Column("first_seq", _number, nullable=False),
    Column("last_seq", _number, nullable=False),
    _text("root"),
    _text("note"),
    # Null in the rows of runs that were recorded before ledgers kept it.
    _text("sources", nullable=True),
)

ruleset = Table(
    "ruleset",
    metadata,
    _text("digest", primary_key=True),
    _text("texts"),
)

prevented_moment = Table(
    "prevented_moment",
    metadata,
    Column("seq", _number, primary_key=True, autoincrement=False),
    _text("run_id"),
    _text("candidate_id", nullable=True),
    _text("customer_id", nullable=True),
    _text("offer_id", nullable=True),
    _text("channel", nullable=True),
    _text("contact_at", nullable=True),
    _text("cause"),
    _text("stage", nullable=True),
    _text("moment", nullable=True),
    _text("pain", nullable=True),
    _text("rule"),
    _text("reason", nullable=True),
    _text("reasons", nullable=True),
    _text("salt", nullable=True),
    _text("personal"),
    _text("leaf"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("number", _number, primary_key=True, autoincrement=False),
    _text("run_id", nullable=True),
    Column("size", _number, nullable=False),
    _text("root"),
    _text("frontier"),
    _text("note"),
)

erasure = Table(
    "erasure",
    metadata,
    Column("seq", _number, primary_key=True, autoincrement=False),
    _text("leaf"),
    _text("erased_at"),
    _text("ground"),
    _text("note"),
)

clearance = Table(
    "clearance",
    metadata,
    _text("id", primary_key=True),
    _text("candidate_id"),
    _text("customer_id"),
    _text("offer_id"),
    _text("channel"),
    _text("contact_at"),
    _text("state"),
    _text("as_of"),
    _text("expires_at"),
    _text("settled_at", nullable=True),
    _text("texts_digest"),
    Index("clearance_by_customer", "customer_id"),
    Index("clearance_by_expiry", "state", "expires_at"),
)

reservation = Table(
    "reservation",
    metadata,
    _text("id", primary_key=True),
    _text("run_id", nullable=True),
    _text("clearance_id", nullable=True),
    _text("pool"),
    _text("per"),
    Column("units", _number, nullable=False),
    _text("made_at"),
    _text("expires_at", nullable=True),
    _text("released_at", nullable=True),
    Index("reservation_by_pool", "pool", "per"),
    Index("reservation_by_run", "run_id"),
    Index("reservation_by_clearance", "clearance_id"),
)
