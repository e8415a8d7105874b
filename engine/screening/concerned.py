"""What a failing test turned on, fact by fact: the parts concerned, their conditions, their facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.language.cases import Candidate, Case
from engine.language.ruleset import Decision, Pool, Rule, Ruleset
from engine.language.vocabulary import FactType, Vocabulary
from engine.screening.allocate import pool_facts
from engine.screening.bench import fact_of
from engine.screening.expected import WORDS
from engine.screening.facts import FactState
from engine.screening.reasons import decision_facts, facts_of
from engine.screening.trial import Seen, line_of

_HOLDS = {True: "holds", False: "does not hold", None: "unknown"}


@dataclass(frozen=True)
class Concern:
    """One rule, decision or pool: what it said of a candidate, and what it looked at.

    `lines` are conditions as (what became of it, its text); `facts` as (name, value in words).
    """

    part: str
    at: str
    said: str
    lines: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Telling:
    """Tells of the parts of a rulebook; dates are read in `zone`."""

    ruleset: Ruleset
    vocabulary: Vocabulary
    zone: str

    def concerned(
        self, case: Case, candidate: Candidate, seen: Seen, parts: Sequence[str]
    ) -> list[Concern]:
        """The named parts; where none is named, the rules that read what the test changes."""
        named = list(dict.fromkeys(parts)) or [
            rule.id
            for rule in self.ruleset.rules
            if candidate.changed & set(facts_of(*rule.applies, *rule.require))
        ]
        by_id: dict[str, Rule | Decision | Pool] = {r.id: r for r in self.ruleset.rules}
        by_id |= {d.id: d for d in self.ruleset.decisions}
        by_id |= {p.id: p for p in self.ruleset.pools}
        return [self._concern(by_id[n], case, candidate, seen) for n in named if n in by_id]

    def _concern(
        self, part: Rule | Decision | Pool, case: Case, candidate: Candidate, seen: Seen
    ) -> Concern:
        lines: list[tuple[str, str]] = []
        if isinstance(part, Rule):
            said = WORDS[seen.outcomes[part.id]]
            if part.id in seen.waived and part.id not in seen.reasons:
                said += ", waived"
            lines = list(_lines(part, seen))
            facts = facts_of(*part.applies, *part.require)
        elif isinstance(part, Decision):
            said = "fired" if seen.fired[part.id] else "did not fire"
            lines = list(_given(part, seen))
            facts = decision_facts(self.ruleset, part)
        else:
            asked = "granted" if seen.allowed else "asked"
            said = "denied" if part.id in seen.reasons else asked
            said = said if part.id in seen.drawn else "not asked"
            lines = [("limit", part.limit.text), ("per", ", ".join(part.per))]
            facts = pool_facts(part)
        told = [(name, self._told(name, case, candidate)) for name in facts]
        return Concern(part.id, part.place.at, said, lines, told)

    def _told(self, name: str, case: Case, candidate: Candidate) -> str:
        value, state = fact_of(case, candidate, self.vocabulary[name])
        if state is FactState.VALUE:
            return self._spoken(value, self.vocabulary[name].type)
        if state is FactState.ABSENT:
            return "absent" if name in candidate.facts else "absent: the test does not mention it"
        return "unknown"

    def _spoken(self, value: Any, kind: FactType) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, datetime):
            local = value.astimezone(ZoneInfo(self.zone))
            return (local.date() if kind is FactType.DATE else local).isoformat()
        if isinstance(value, list):
            return f"[{', '.join(value)}]"
        return f'"{value}"' if isinstance(value, str) else str(value)


def _lines(rule: Rule, seen: Seen) -> Iterator[tuple[str, str]]:
    for part, conditions in (("applies", rule.applies), ("require", rule.require)):
        for number, condition in enumerate(conditions, 1):
            holds = _HOLDS[seen.lines[line_of(rule, part, number)]]
            prefix = "applies: " if part == "applies" else ""
            yield holds, prefix + condition.text


def _given(decision: Decision, seen: Seen) -> Iterator[tuple[str, str]]:
    given = decision.given
    for name in given.signal:
        strength = seen.signals.get(name)
        yield ("" if strength is None else strength.name.lower()), f"given signal {name}"
    for kind, names in (("failed", given.failed), ("passed", given.passed)):
        for name in names:
            yield WORDS[seen.outcomes[name]], f"given {kind} {name}"
