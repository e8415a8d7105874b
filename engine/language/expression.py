"""The typed tree of a condition: what is left of CEL text once it was parsed and checked.

Nothing here knows a backend. `engine.screening.columns` turns a tree into columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class CelType(StrEnum):
    """The CEL types that conditions may use.

    Timestamps and durations count whole microseconds; a list holds one type of element.
    """

    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    LIST_BOOL = "list<bool>"
    LIST_INT = "list<int>"
    LIST_DOUBLE = "list<double>"
    LIST_STRING = "list<string>"
    LIST_TIMESTAMP = "list<timestamp>"
    LIST_DURATION = "list<duration>"

    @property
    def element(self) -> CelType | None:
        """The type of a list's elements, None for what is no list."""
        return CelType(self[5:-1]) if self.startswith("list<") else None

    @property
    def numeric(self) -> bool:
        return self in (CelType.INT, CelType.DOUBLE)

    @classmethod
    def list_of(cls, element: CelType) -> CelType:
        """The list type of `element`; ValueError for a list of lists."""
        return cls(f"list<{element}>")


Scalar = bool | int | float | str
"""What a literal holds; timestamps are microseconds since 1970 in UTC, durations microseconds."""


@dataclass(frozen=True)
class Expression:
    """A node of the tree; `type` is what it evaluates to."""

    type: CelType

    def children(self) -> tuple[Expression, ...]:
        return ()

    def walk(self) -> Iterator[Expression]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children():
            yield from child.walk()

    def facts(self) -> frozenset[str]:
        """Names of the facts read anywhere in the tree, by `has()` too."""
        return frozenset(n.name for n in self.walk() if isinstance(n, (Fact, Has)))


@dataclass(frozen=True)
class Literal(Expression):
    """A constant written in the condition."""

    value: Scalar


@dataclass(frozen=True)
class Fact(Expression):
    """The value of a fact; absent or unknown facts make an error that `&&` and `||` absorb."""

    name: str


@dataclass(frozen=True)
class Has(Expression):
    """`has(fact)`: true for a value, false for proven absence, unknown otherwise."""

    name: str


@dataclass(frozen=True)
class Clock(Expression):
    """`now` (the run's as_of) or `today` (its midnight in the configured time zone)."""

    name: str


@dataclass(frozen=True)
class Variable(Expression):
    """The element that a `Quantified` looks at; no two that enclose each other share a name."""

    name: str


@dataclass(frozen=True)
class Call(Expression):
    """An operator or function of `engine.language.functions` applied to arguments.

    A list that is written out is a call of `list`.
    """

    function: str
    arguments: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.arguments


@dataclass(frozen=True)
class Quantified(Expression):
    """`over.function(variable, body)`: whether `body` holds for any, for all or for just one
    element of a list; `exists` absorbs errors as `||` does, `all` as `&&` does.
    """

    function: str
    over: Expression
    variable: str
    body: Expression

    def children(self) -> tuple[Expression, ...]:
        return self.over, self.body
