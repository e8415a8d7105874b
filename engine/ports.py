"""What the engine asks of the world; adapters fulfil it.

The engine builds Ibis expressions and never runs them itself: a `Backend` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import ibis.expr.types as ir
import pyarrow as pa

from engine.language.expression import CelType
from engine.language.vocabulary import FactType


class Dialect(Protocol):
    """The few column functions whose spelling or meaning differs between backends.

    Moments in time are int64 columns of microseconds since 1970 in UTC, everywhere.
    """

    def clean(self, text: ir.StringColumn) -> ir.StringColumn:
        """The cells without the spaces around them; a blank cell is the empty text."""
        ...

    def parse(self, text: ir.StringColumn, kind: FactType, how: Reading) -> ir.Column:
        """Cleaned cells as values of `kind`; null where blank or unreadable, as the text
        `engine.screening.inputs.UNREADABLE` is for every kind.
        """
        ...

    def state(self, value: ir.Column, text: ir.StringColumn, kind: FactType) -> ir.IntegerColumn:
        """The code of the state of a cleaned cell that is there: value, absent or unreadable."""
        ...

    def show(self, value: ir.Value, kind: FactType, zone: str) -> ir.StringValue:
        """A value as a person reads it; moments in the configured `zone`, dates as dates."""
        ...

    def iso(self, moment: ir.IntegerValue) -> ir.StringValue:
        """A moment as ISO 8601 text in UTC, ending in Z."""
        ...

    def json(self, value: ir.Value, kind: FactType, zone: str) -> ir.StringValue:
        """A value as JSON: numbers and booleans as such, moments as ISO 8601 in UTC."""
        ...

    def arithmetic(
        self, function: str, arguments: Sequence[ir.NumericValue], *, exact: bool
    ) -> ir.NumericValue:
        """`+ - * / % negate` as CEL has it: null on overflow and division by zero.

        `exact` is for 64-bit integers, which truncate towards zero; otherwise doubles, where a
        result that is not finite is null.
        """
        ...

    def matches(self, text: ir.StringValue, pattern: str) -> ir.BooleanValue:
        """Whether RE2 finds the pattern anywhere in the text."""
        ...

    def calendar(self, part: str, moment: ir.IntegerValue, zone: str) -> ir.IntegerValue:
        """A part of a moment, named and counted as CEL does (`getMonth`: 0 is January), on the
        clock of `zone`: a name of the IANA's, or an offset like `+01:00`.
        """
        ...

    def convert(self, function: str, kind: CelType, value: ir.Value) -> ir.Value:
        """`int`, `double`, `string` or `timestamp` of a value of another type, as CEL has it; null
        where it can't be done. Texts are read strictly: `12` but not ` 12`, moments by RFC 3339.
        """
        ...

    def quantify(self, function: str, answers: ir.ArrayValue) -> ir.BooleanValue:
        """`exists`, `all` or `exists_one` of answers that may be null: the first is their OR, the
        second their AND, by Kleene's logic; the last is null if one of them is. Null for no list.
        """
        ...


class Reading(Protocol):
    """How the text of a field is to be read; a `Field` of `engine.screening.inputs` is one."""

    @property
    def format(self) -> str | None: ...
    @property
    def decimal(self) -> str: ...
    @property
    def separator(self) -> str | None: ...
    @property
    def zone(self) -> str: ...


class Backend(Protocol):
    """Evaluates expressions over the tables it was given."""

    @property
    def dialect(self) -> Dialect: ...

    def load(self, name: str, table: pa.Table) -> ir.Table:
        """Make an Arrow table available to expressions."""
        ...

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """Evaluate once and keep the result; the name is free again when kept anew."""
        ...

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """A small result as plain Python rows."""
        ...

    def stream(self, expression: ir.Table) -> pa.RecordBatchReader:
        """A result of any size, batch by batch, from tables that were kept."""
        ...


Progress = Callable[[str], None]
"""Told the name of each stage as it begins."""
