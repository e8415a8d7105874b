"""The facts that rules may read: their names, their types and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from engine.language.expression import CelType

CANDIDATE = "candidate"
"""The source every rulebook has: the row of the list itself."""


class FactType(StrEnum):
    """The types config.yaml declares."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    STRINGS = "list<string>"

    @property
    def cel(self) -> CelType:
        """The type a condition sees: a date is the timestamp of its midnight."""
        return _CEL[self]


_CEL = {
    FactType.STRING: CelType.STRING,
    FactType.INTEGER: CelType.INT,
    FactType.NUMBER: CelType.DOUBLE,
    FactType.BOOLEAN: CelType.BOOL,
    FactType.DATE: CelType.TIMESTAMP,
    FactType.TIMESTAMP: CelType.TIMESTAMP,
    FactType.STRINGS: CelType.LIST_STRING,
}


@dataclass(frozen=True)
class FactDeclaration:
    """One fact: `name` is `source.field`; a `pii` fact is masked wherever it is shown."""

    name: str
    type: FactType
    pii: bool = False

    @property
    def source(self) -> str:
        return self.name.split(".", 1)[0]

    @property
    def field(self) -> str:
        return self.name.split(".", 1)[1]


BUILT_IN = (
    FactDeclaration("candidate.candidate_id", FactType.STRING, pii=True),
    FactDeclaration("candidate.customer_id", FactType.STRING, pii=True),
    FactDeclaration("candidate.offer_id", FactType.STRING),
    FactDeclaration("candidate.channel", FactType.STRING),
    FactDeclaration("candidate.contact_at", FactType.TIMESTAMP),
)
"""Facts of every candidate, whatever config.yaml declares."""


class Vocabulary(Mapping[str, FactDeclaration]):
    """All declared facts by name, the built-in ones included."""

    def __init__(self, facts: Iterable[FactDeclaration]) -> None:
        self._facts = {f.name: f for f in (*BUILT_IN, *facts)}

    def __getitem__(self, name: str) -> FactDeclaration:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(f.source for f in self._facts.values())


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint naming the one known word that is close enough to be a typing mistake, or "".

    >>> did_you_mean("stock.avalable", ["stock.available", "line.speed"])
    'did you mean `stock.available`?'
    >>> did_you_mean("banana", ["stock.available"])
    ''
    """
    close = get_close_matches(word, list(known), n=1, cutoff=0.75)
    return f"did you mean `{close[0]}`?" if close else ""
