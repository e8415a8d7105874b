"""Made-up candidates of lint as the rows of facts that the engine and the oracle take, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.diagnostics import Diagnostic, Place
from engine.language.condition import parse_condition
from engine.language.lint.evaluate import Candidate, FactValue, Missing
from engine.language.lint.moments import microseconds, moment_of
from tests.oracle.states import ABSENT, UNKNOWN, Fact
from tests.support.columns import Types, vocabulary_of


def accepted(text: str, types: Types) -> bool:
    """Whether the checker takes a condition; some that can't be true it refuses itself."""
    parsed = parse_condition(text, Place("condition"), vocabulary_of(types))
    return not isinstance(parsed, Diagnostic)


def candidate_of(facts: Mapping[str, Fact], clock: tuple[datetime, datetime]) -> Candidate:
    """A row of facts as lint's candidate."""
    held: dict[str, FactValue] = {}
    for name, fact in facts.items():
        if fact is ABSENT or fact is UNKNOWN:
            held[name] = Missing.ABSENT if fact is ABSENT else Missing.UNKNOWN
        elif isinstance(fact, datetime):
            held[name] = microseconds(fact)
        else:
            held[name] = fact  # type: ignore[assignment]
    now, today = clock
    return Candidate(held, microseconds(now), microseconds(today))


def row_of(candidate: Candidate, types: Types) -> dict[str, Fact]:
    """Lint's candidate as a row of facts; those that it does not name are absent."""
    vocabulary = vocabulary_of(types)
    row: dict[str, Fact] = {}
    for name in types:
        value = candidate.facts.get(name, Missing.ABSENT)
        if isinstance(value, Missing):
            row[name] = ABSENT if value is Missing.ABSENT else UNKNOWN
        elif vocabulary[name].type.cel == "timestamp":
            row[name] = moment_of(int(value))  # type: ignore[arg-type]
        else:
            row[name] = value
    return row


def clock_of(candidate: Candidate) -> tuple[datetime, datetime]:
    """The `now` and `today` of lint's candidate."""
    return moment_of(candidate.now), moment_of(candidate.today)
