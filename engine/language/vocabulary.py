"""The facts that rules may read: their names, their types and where they come from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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

    def spoken(self, source: str) -> str:
        """The fields of a source, as a hint names them."""
        fields = sorted(f.field for f in self._facts.values() if f.source == source)
        return f"{source} has: {', '.join(fields)}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint naming the known word, or the two, that `word` is a typing mistake of; or "".

    Close is: the same but for case, `-` and `_`; the field of a fact or the name of a rule without
    what stands before the dot; or a few letters added, left out, changed or swapped, the fewer the
    shorter the word. What stands before a dot and what stands behind it are measured apart.

    >>> did_you_mean("stock.avalable", ["stock.available", "line.speed"])
    'did you mean `stock.available`?'
    >>> did_you_mean("rum", ["run", "rules"])
    'did you mean `run`?'
    >>> did_you_mean("age", ["candidate.age", "offer.name"])
    'did you mean `candidate.age`?'
    >>> did_you_mean("candidate.sku", ["candidate.age"])
    ''
    """
    names = sorted(set(known) - {word})
    same = [name for name in names if _folded(name) == _folded(word)]
    behind_dot = [name for name in names if _folded(name).rpartition(".")[2] == _folded(word)]
    close = same or ([] if "." in word else behind_dot) or _nearest(word, names)
    if not close or len(close) > _MOST_OFFERED:
        return ""
    hint = f"did you mean {' or '.join(f'`{name}`' for name in close)}?"
    return f"{hint} Yours has a letter that only looks like it" if _alike(word, close[0]) else hint


def meant_among(word: str, known: Iterable[str]) -> str:
    """Likewise where a list of names may stand, if `word` is several of them and no list.

    >>> meant_among("stock.available, line.speed", ["stock.available", "line.speed"])
    'several names stand in a list: [stock.available, line.speed]'
    """
    names, several = set(known), [name.strip() for name in word.split(",")]
    if len(several) > 1 and names.issuperset(several):
        return f"several names stand in a list: [{', '.join(several)}]"
    return did_you_mean(word, names)


_MOST_OFFERED = 2
# Mistakes forgiven in a word of at least so many letters.
_FORGIVEN = ((12, 3), (6, 2), (3, 1))


def _folded(word: str) -> str:
    return word.strip().casefold().replace("_", "-").replace(" ", "-")


def _nearest(word: str, names: Iterable[str]) -> list[str]:
    # Needed once something is wrong; its import would be a good part of a good run's start.
    from rapidfuzz.distance import OSA

    best: dict[str, int] = {}
    parts = _folded(word).split(".")
    for name in names:
        others = _folded(name).split(".")
        if len(parts) != len(others):
            continue
        total = 0
        for part, other in zip(parts, others, strict=True):
            longest = max(len(part), len(other))
            allowed = next((n for length, n in _FORGIVEN if longest >= length), 0)
            distance = OSA.distance(part, other, score_cutoff=allowed)
            if distance > allowed:
                break
            total += distance
        else:
            best[name] = total
    return [name for name, total in best.items() if total == min(best.values())]


def _alike(word: str, name: str) -> bool:
    """Whether all that differs are letters of other alphabets, as in Cyrillic `а` for `a`."""
    differing = [a for a, b in zip(word, name, strict=False) if a != b]
    return len(word) == len(name) and all(
        a.isalpha() and unicodedata.normalize("NFKD", a)[0] > "\u024f" for a in differing
    )
