"""What lint takes from rule authors' tests: candidates, and the parts that they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.language.cases import Case


@dataclass(frozen=True)
class Tried:
    """One candidate of a test: `named` are the ids that it expects something of.

    `facts` hold values as tests do; a fact that is None or not there is absent.
    """

    as_of: datetime
    facts: Mapping[str, Any]
    unknown: frozenset[str]
    named: frozenset[str]
    offers: frozenset[str]

    def lacks(self, fact: str) -> bool:
        """Whether the candidate has no value for the fact."""
        return fact in self.unknown or self.facts.get(fact) is None


def tried(cases: Iterable[Case]) -> list[Tried]:
    """Every candidate of the tests."""
    return [
        Tried(
            as_of=case.as_of,
            facts=candidate.facts,
            unknown=candidate.unknown,
            named=frozenset(n for ids in candidate.expect.rule_names().values() for n in ids),
            offers=frozenset(candidate.expect.proposed or ()),
        )
        for case in cases
        for candidate in case.candidates
    ]
