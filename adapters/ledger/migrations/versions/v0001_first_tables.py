"""The first tables: runs, rulesets, prevented moments, checkpoints, erasures, clearances, reservations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*names: str) -> list[sa.Column[str]]:
    """Text columns; a name that ends in `?` may be null."""
    return [sa.Column(n.rstrip("?"), sa.Text(), nullable=n.endswith("?")) for n in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, _number, nullable=False) for name in names]


def _numbered(name: str) -> sa.Column[int]:
    return sa.Column(name, _number, primary_key=True, autoincrement=False)


def _named(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "run",
        _numbered("number"),
        sa.Column("run_id", sa.Text(), nullable=False, unique=True),
        *_texts("as_of", "started_at", "finished_at", "backend"),
        *_numbers("read", "allowed", "blocked"),
        *_texts("counts", "rules", "pools"),
        *_texts("ruleset_digest", "config_digest", "input_digest", "texts_digest"),
        *_numbers("first_seq", "last_seq"),
        *_texts("root", "note"),
    )
    op.create_table("ruleset", _named("digest"), *_texts("texts"))
    op.create_table(
        "prevented_moment",
        _numbered("seq"),
        *_texts("run_id", "candidate_id?", "customer_id?", "offer_id?", "channel?", "contact_at?"),
        *_texts("cause", "stage?", "moment?", "pain?", "rule", "reason?", "reasons?"),
        *_texts("salt?", "personal", "leaf"),
    )
    op.create_table(
        "checkpoint",
        _numbered("number"),
        *_texts("run_id?"),
        *_numbers("size"),
        *_texts("root", "frontier", "note"),
    )
    op.create_table("erasure", _numbered("seq"), *_texts("leaf", "erased_at", "ground", "note"))
    op.create_table(
        "clearance",
        _named("id"),
        *_texts("candidate_id", "customer_id", "offer_id", "channel", "contact_at"),
        *_texts("state", "as_of", "expires_at", "settled_at?", "texts_digest"),
    )
    op.create_index("clearance_by_customer", "clearance", ["customer_id"])
    op.create_index("clearance_by_expiry", "clearance", ["state", "expires_at"])
    op.create_table(
        "reservation",
        _named("id"),
        *_texts("run_id?", "clearance_id?", "pool", "per"),
        *_numbers("units"),
        *_texts("made_at", "expires_at?", "released_at?"),
    )
    op.create_index("reservation_by_pool", "reservation", ["pool", "per"])
    op.create_index("reservation_by_run", "reservation", ["run_id"])
    op.create_index("reservation_by_clearance", "reservation", ["clearance_id"])
