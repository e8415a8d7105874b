"""How facts stand in the wide table: one column for the value, one for its state.

Column names: the fact's own name for the value (null unless the state is VALUE), and
`state_column(name)`; each source's row date, where it has one, is in `as_of_column(source)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

import ibis.expr.types as ir

from engine.language.vocabulary import FactType
from engine.ports import Dialect
from engine.screening.inputs import Field
from engine.screening.relations import columns_of, extended

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FactState(IntEnum):
    """Whether a fact is a value, proven absent, or unknown, and then why."""

    VALUE = 0
    ABSENT = 1
    KEY_MISSING = 2
    STALE = 3
    SOURCE_FAILED = 4
    UNREADABLE = 5
    FROM_THE_FUTURE = 6

    @property
    def label(self) -> str:
        """The word for it in reasons: `value`, `absent`, or the cause of being unknown."""
        return self.name.lower().replace("_", "-")


def state_column(fact: str) -> str:
    """The column that holds a fact's state."""
    return f"{fact}:state"


def as_of_column(source: str) -> str:
    """The column with the date of a source's row, in microseconds since 1970 in UTC."""
    return f"{source}:as_of"


def dated_column(source: str) -> str:
    """The column that holds the same date as a JSON text."""
    return f"{source}:dated"


def problem_column(source: str) -> str:
    """The column with the error class of a row that the source, when asked, could not tell."""
    return f"{source}:problem"


INVALID = "invalid"
"""Column: why a row is no candidate, as a sentence, null if it is one."""

IBIS_TYPES = {
    FactType.STRING: "string",
    FactType.INTEGER: "int64",
    FactType.NUMBER: "float64",
    FactType.BOOLEAN: "boolean",
    FactType.DATE: "int64",
    FactType.TIMESTAMP: "int64",
    FactType.STRINGS: "array<string>",
}


def ibis_type(kind: FactType) -> str:
    """The column type that holds values of a fact type."""
    return IBIS_TYPES[kind]


def cleaned(raw: ir.Table, columns: Iterable[str], dialect: Dialect) -> ir.Table:
    """The table with these columns of text cleaned."""
    found = columns_of(raw)
    return extended(raw, {column: dialect.clean(found[column]) for column in columns})


def field_columns(cells: ir.Table, field: Field, dialect: Dialect) -> dict[str, Any]:
    """Value and state of a field, in a row that is there, from its column of `cleaned` text."""
    text: Any = cells[field.column]
    value = dialect.parse(text, field.type, field)
    return {field.fact: value, state_column(field.fact): dialect.state(value, text, field.type)}


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 in UTC; `moment` must have a time zone.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (moment - _EPOCH) // timedelta(microseconds=1)
