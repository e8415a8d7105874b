"""Which outcomes of a rulebook its tests show: per rule and condition line, signal, decision, pool.

What counts is that some candidate of some test had the outcome; whether the test would notice
another one is for the mutation check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from engine.diagnostics import Place
from engine.language.ruleset import Condition, Outcome, Rule, Ruleset, Strength
from engine.language.vocabulary import BUILT_IN
from engine.screening.expected import WORDS
from engine.screening.trial import Seen, line_of

_ALWAYS_THERE = frozenset(fact.name for fact in BUILT_IN)
_HOLDS = {True: "passed", False: "failed", None: "unknown"}
_STRENGTHS = {Strength.CERTAIN: "certain", Strength.POSSIBLE: "possible", Strength.NO: "no"}


@dataclass(frozen=True)
class Covered:
    """One part of the rulebook: how many candidates showed each outcome it can have.

    `kind` is rule, line, signal, decision or pool; `text` the condition of a line.
    """

    part: str
    kind: str
    place: Place
    shown: Mapping[str, int]
    text: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The outcomes that no candidate showed."""
        return tuple(outcome for outcome, times in self.shown.items() if not times)


@dataclass(frozen=True)
class Coverage:
    """The parts of a rulebook, each followed by its lines."""

    parts: Sequence[Covered]

    @property
    def total(self) -> int:
        """How many outcomes there are."""
        return sum(len(part.shown) for part in self.parts)

    @property
    def covered(self) -> int:
        """How many of them some test shows."""
        return self.total - sum(len(part.missing) for part in self.parts)

    @property
    def percent(self) -> float:
        """The share that is covered, rounded down to a tenth: 100 only where nothing is missing."""
        return (1000 * self.covered // self.total) / 10 if self.total else 100.0

    @property
    def missing(self) -> Sequence[Covered]:
        """The parts of which some outcome is missing."""
        return [part for part in self.parts if part.missing]

    def of_files(self, files: Iterable[str]) -> Coverage:
        """The coverage of what stands in these files."""
        wanted = set(files)
        return Coverage([part for part in self.parts if part.place.file in wanted])


def coverage(ruleset: Ruleset, seen: Sequence[Seen]) -> Coverage:
    """What the candidates of a rulebook's tests showed of it."""
    return Coverage([*_rules(ruleset, seen), *_others(ruleset, seen)])


def _rules(ruleset: Ruleset, seen: Sequence[Seen]) -> Iterator[Covered]:
    for rule in ruleset.rules:
        possible = _possible(*rule.applies, *rule.require)
        if rule.applies:
            possible.append("not-applicable")
        told = Counter(WORDS[one.outcomes[rule.id]] for one in seen)
        yield Covered(rule.id, "rule", rule.place, {word: told[word] for word in possible})
        if len(rule.require) > 1:
            yield from _lines(rule, seen)


def _lines(rule: Rule, seen: Sequence[Seen]) -> Iterator[Covered]:
    """The lines of a rule with several; a line of one alone says what its rule says."""
    applied = [one for one in seen if one.outcomes[rule.id] is not Outcome.NOT_APPLICABLE]
    for number, condition in enumerate(rule.require, 1):
        name = line_of(rule, "require", number)
        told = Counter(_HOLDS[one.lines[name]] for one in applied)
        shown = {word: told[word] for word in _possible(condition)}
        yield Covered(rule.id, "line", condition.place, shown, condition.text)


def _possible(*conditions: Condition) -> list[str]:
    """What conditions can say: facts that every candidate has leave nothing unknown."""
    facts = reduce(lambda a, b: a | b, (c.tree.facts() for c in conditions), frozenset[str]())
    return ["passed", "failed", *(["unknown"] if facts - _ALWAYS_THERE else [])]


def _others(ruleset: Ruleset, seen: Sequence[Seen]) -> Iterator[Covered]:
    raised = {decision.signal for decision in ruleset.decisions}
    for signal in ruleset.signals:
        strengths = Counter(_STRENGTHS[one.signals[signal.id]] for one in seen)
        doubtful = "unknown" in _possible(*signal.when) or signal.id in raised
        words = ["certain", *(["possible"] if doubtful else []), "no"]
        yield Covered(signal.id, "signal", signal.place, {word: strengths[word] for word in words})
    for decision in ruleset.decisions:
        fired = sum(one.fired[decision.id] is not Strength.NO for one in seen)
        shown = {"fired": fired, "not fired": len(seen) - fired}
        yield Covered(decision.id, "decision", decision.place, shown)
    for pool in ruleset.pools:
        granted = sum(pool.id in one.drawn and one.allowed for one in seen)
        denied = sum(pool.id in one.reasons for one in seen)
        yield Covered(pool.id, "pool", pool.place, {"granted": granted, "denied": denied})
