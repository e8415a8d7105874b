"""What a prevented moment is, and how its leaf in the Merkle tree is computed.

    leaf     = SHA-256( 0x00 || fields of ENTRY )
    personal = SHA-256( fields of PERSONAL_ENTRY )

with every field length-prefixed (canonical.py). A row's leaf holds the personal columns only through
`personal`, a salted hash: erase them together with the salt and the leaf still stands, while nobody
can guess its way back. The row's `seq` is not in the leaf: the leaf's place in the tree commits to it,
and so leaves can be computed before the ledger is locked.

For those who write hundreds of thousands at once `engine.ledger.sealing` has the same in columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any

from engine.ledger.canonical import digest, prefixed

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
