"""What a screening is given: the list, the sources, and how their cells are to be read.

Adapters make these from config.yaml and from what they read; the engine joins and judges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.diagnostics import UpfrontError
from engine.language.vocabulary import FactDeclaration, FactType, Vocabulary

if TYPE_CHECKING:
    # Half a second that whoever only reads the rules need not wait for.
    import ibis.expr.types as ir
    import pyarrow as pa

ROW = "row"
"""Column of a candidate table: the row's number in the list, from 1."""
PROBLEM = "problem"
"""Column of a candidate table: why a row can't be read, as a sentence; null for a readable one."""
UNREADABLE = "\ufffe"
"""The text of a cell that can't be read as what it is declared to be, not even as a text."""


@dataclass(frozen=True)
class Field:
    """One typed field: which text column it is read from, and how.

    `format` is a strptime format for dates and timestamps (ISO 8601 when None), `decimal` the
    decimal sign of numbers, `separator` what parts a list, `zone` where clocks without an
    offset stand.
    """

    fact: str
    column: str
    type: FactType
    zone: str
    format: str | None = None
    decimal: str = "."
    separator: str | None = None
    pii: bool = False

    @property
    def declaration(self) -> FactDeclaration:
        """The fact as rules know it."""
        return FactDeclaration(self.fact, self.type, self.pii)


@dataclass(frozen=True)
class Columns:
    """An identity made of one or more text columns, joined with `|`."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Constant:
    """The same text for every candidate."""

    value: str


@dataclass(frozen=True)
class RowNumber:
    """The number of the row in the list, from 1."""


Identity = Columns | Constant | RowNumber


@dataclass(frozen=True)
class CandidateList:
    """The list: a table of text columns with `row` and `problem`, and what its columns mean.

    `contact_at` None means that the contact is made at the run's `as_of`. `titles` are the
    columns' names in the list, to call cells by.
    """

    table: ir.Table
    titles: Mapping[str, str]
    candidate_id: Identity
    customer_id: Identity
    offer_id: Identity
    channel: Identity
    contact_at: Field | None
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Found:
    """What a source said of the keys it was asked for: row by row in their order.

    `table` has as many rows as keys, and the source's own columns as text (null: no value). A row
    that is false in `known` was proven not to be there, so its facts are absent (None: all are
    there); one with a `problem`, an error class like `timeout` without any data in it, could not
    be told, so its facts are unknown. `as_of` dates rows, in microseconds since 1970 in UTC.
    """

    table: pa.Table
    known: pa.Array | None = None
    problem: pa.Array | None = None
    as_of: pa.Array | None = None


Lookup = Callable[["pa.Table"], Found]
"""Asks a source about keys instead of reading it whole.

It is given a table of distinct keys in a fixed order: a column for each of `Source.keys`, by the
source's own name for it, typed as the fact is (dates and timestamps in microseconds since 1970 in
UTC). Only `optional` ones can be null, where their fact is absent. It never raises for what a
service or a value may do: that is a `problem`.
"""


@dataclass(frozen=True)
class Source:
    """Reference data: a table of text columns, joined on `keys` (its column, the fact it equals).

    Dated either as a whole (`as_of`) or row by row (`as_of_field`, which then dates the whole by
    its newest row). A source with a `failure` could not be read: every fact of it is unknown. One
    with a `lookup` has no table: it is asked about the keys that candidates have. What is dated
    later than the run's `as_of` by more than `clock_skew` is unknown (None: whatever its date).
    """

    name: str
    keys: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]
    table: ir.Table | None
    as_of: datetime | None = None
    as_of_field: Field | None = None
    max_age: timedelta | None = None
    pick_latest: bool = False
    failure: str = ""
    lookup: Lookup | None = None
    optional: frozenset[str] = frozenset()
    clock_skew: timedelta | None = None


@dataclass(frozen=True)
class Inputs:
    """Everything gather needs; `sources` in an order in which each key fact is known."""

    candidates: CandidateList
    sources: tuple[Source, ...]
    as_of: datetime
    zone: str

    @property
    def vocabulary(self) -> Vocabulary:
        """Every fact the inputs provide."""
        fields = [*self.candidates.fields, *(f for s in self.sources for f in s.fields)]
        return Vocabulary(f.declaration for f in fields)

    @property
    def fields(self) -> Mapping[str, Field]:
        """Declared fields by the name of their fact."""
        every = [*self.candidates.fields, *(f for s in self.sources for f in s.fields)]
        return {f.fact: f for f in every}


class DuplicateKey(UpfrontError):
    """A source has two rows for one key, so no fact of it can be trusted."""
