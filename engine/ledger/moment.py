"""What a prevented moment is, and how its leaf in the Merkle tree is computed.

    leaf     = SHA-256( 0x00 || fields of ENTRY )
    personal = SHA-256( fields of PERSONAL_ENTRY )

with every field length-prefixed (canonical.py). A row's leaf holds the personal columns only through
`personal`, a salted hash: erase them together with the salt and the leaf still stands, while nobody
can guess its way back. The row's `seq` is not in the leaf: the leaf's place in the tree commits to it,
and so leaves can be computed before the ledger is locked.

Each is written twice, as plain Python for those who verify, and as columns for those who write
hundreds of thousands at once; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

from engine.ledger.canonical import digest, prefixed

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENTRY_VERSION = "upfront.moment.1"
PERSONAL_VERSION = "upfront.personal.1"

PLAIN = (
    "run_id",
    "offer_id",
    "channel",
    "contact_at",
    "cause",
    "stage",
    "moment",
    "pain",
    "rule",
)
"""Columns hashed into the leaf as they are; they stay when a person is erased."""

PERSONAL = ("candidate_id", "customer_id", "reason", "reasons")
"""Columns that tell of a person, or may: erased (set to null) together with `salt`."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One contact that was not made, as the ledger keeps it.

    Texts may be None where the list had nothing to say, or after an erasure; `salt` is None only
    after an erasure. `personal` and `leaf` are hex SHA-256.
    """

    seq: int
    run_id: str
    candidate_id: str | None
    customer_id: str | None
    offer_id: str | None
    channel: str | None
    contact_at: str | None
    cause: str
    stage: str | None
    moment: str | None
    pain: str | None
    rule: str
    reason: str | None
    reasons: str | None
    salt: str | None
    personal: str
    leaf: str

    @property
    def erased(self) -> bool:
        return self.salt is None


COLUMNS = tuple(f.name for f in fields(Moment))
"""The stored columns in order; `seq` is the only one that is a number."""

BULK_COLUMNS = COLUMNS[1:]
"""What a run hands over: everything but `seq`, which the ledger gives out."""


def salt_of(secret: str, row: int) -> str:
    """The salt of one row of a run: hex SHA-256 of `secret:row`.

    `secret` is fresh for every run, 32 random bytes in hex, and is thrown away with it; `row` is
    any number that no other row of the run has.
    """
    return sha256(f"{secret}:{row}".encode()).hexdigest()


def personal_digest(row: Mapping[str, str | None]) -> str:
    """The salted hash that stands for the personal columns; reads `salt` and PERSONAL."""
    return digest([PERSONAL_VERSION, row["salt"], *(row[name] for name in PERSONAL)])


def leaf_digest(row: Mapping[str, str | None]) -> str:
    """The leaf, in hex; reads PLAIN and `personal`."""
    entry = prefixed([ENTRY_VERSION, *(row[name] for name in PLAIN), row["personal"]])
    return sha256(b"\x00" + entry.encode()).hexdigest()


def row_digests(values: Sequence[Any]) -> tuple[str, str]:
    """`personal_digest` and `leaf_digest` of a row in the order of COLUMNS, for going through many.

    Raises TypeError, AttributeError or UnicodeEncodeError for values that are not texts.
    """
    personal = _PERSONAL_HEAD + prefixed(_personal_of(values))
    leaf = _plain_head(*_plain_of(values)) + prefixed([values[_PERSONAL_AT]])
    return sha256(personal.encode()).hexdigest(), sha256(leaf.encode()).hexdigest()


_PERSONAL_HEAD = prefixed([PERSONAL_VERSION])
_ENTRY_HEAD = "\x00" + prefixed([ENTRY_VERSION])
_personal_of = itemgetter(*(COLUMNS.index(name) for name in ("salt", *PERSONAL)))
_plain_of = itemgetter(*(COLUMNS.index(name) for name in PLAIN))
_PERSONAL_AT = COLUMNS.index("personal")


@lru_cache(maxsize=4096)
def _plain_head(*plain: str | None) -> str:
    # Most moments of a run share their plain columns with many others.
    return _ENTRY_HEAD + prefixed(plain)


class Hasher(Protocol):
    """What a backend must lend to hash in columns."""

    def sha256(self, text: ir.StringValue) -> ir.StringValue:
        """SHA-256 of the UTF-8 bytes of a text, U+0000 included, in lower-case hex."""
        ...

    def byte_length(self, text: ir.StringValue) -> ir.IntegerValue:
        """The number of those bytes."""
        ...


def salt_column(secret: str, row: ir.IntegerValue, hasher: Hasher) -> ir.StringValue:
    """`salt_of`, as a column."""
    return hasher.sha256(_text(f"{secret}:") + row.cast("string"))


def personal_column(table: ir.Table, hasher: Hasher) -> ir.StringValue:
    """`personal_digest`, as a column of a table that has `salt` and PERSONAL."""
    columns = ["salt", *PERSONAL]
    return hasher.sha256(_entry(PERSONAL_VERSION, table, columns, hasher))


def leaf_column(table: ir.Table, hasher: Hasher) -> ir.StringValue:
    """`leaf_digest`, as a column of a table that has PLAIN and `personal`."""
    entry = _entry(ENTRY_VERSION, table, [*PLAIN, "personal"], hasher)
    return hasher.sha256(_text("\x00") + entry)


def with_hashes(table: ir.Table, hasher: Hasher, secret: str, row: ir.IntegerValue) -> ir.Table:
    """The table with `salt`, `personal` and `leaf` added.

    `table` has every other column of BULK_COLUMNS as text; `row` is a column of it, unique and
    never null, as for `salt_of`.
    """
    salted = table.mutate(salt=salt_column(secret, row, hasher))
    sealed = salted.mutate(personal=personal_column(salted, hasher))
    return sealed.mutate(leaf=leaf_column(sealed, hasher))


def _text(value: str) -> ir.StringValue:
    import ibis  # here because verifying needs no ibis, and it is slow to load

    return ibis.literal(value, type="string")


def _entry(version: str, table: ir.Table, columns: list[str], hasher: Hasher) -> ir.StringValue:
    parts = [_text(prefixed([version]))]
    for name in columns:
        column: ir.StringValue = table[name]
        length = hasher.byte_length(column).cast("string")
        parts.append((length + _text(":") + column).fill_null(_text("-")))
    return _text("").join(parts)
