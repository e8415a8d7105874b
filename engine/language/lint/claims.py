"""What may be asked about candidates: claims, built of conditions that are true or false.

A claim holds or it does not, for any candidate; that a condition is unknown is written as neither
true nor false. Samples look for a candidate for whom a claim holds, the solver for a proof that
there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.language.expression import Expression
from engine.language.ruleset import Condition, Decision, Rule, Ruleset, Signal


@dataclass(frozen=True)
class Is:
    """The condition is certainly true (or certainly false): not unknown."""

    tree: Expression
    truth: bool


@dataclass(frozen=True)
class Every:
    """All of the claims hold; true when there are none."""

    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Some:
    """At least `least` of the claims hold; false when there are fewer."""

    claims: tuple[Claim, ...]
    least: int = 1


@dataclass(frozen=True)
class No:
    """The claim does not hold."""

    claim: Claim


Claim = Is | Every | Some | No

NEVER = Some(())


def trees_of(claim: Claim) -> Iterator[Expression]:
    """The conditions that a claim is made of, some more than once."""
    match claim:
        case Is(tree=tree):
            yield tree
        case No(claim=inner):
            yield from trees_of(inner)
        case Every(claims=claims) | Some(claims=claims):
            for one in claims:
                yield from trees_of(one)


def facts_of(claims: Iterable[Claim]) -> frozenset[str]:
    """Names of the facts that claims speak of."""
    return frozenset(f for claim in claims for tree in trees_of(claim) for f in tree.facts())


def all_true(conditions: Sequence[Condition]) -> Claim:
    """Every condition is true."""
    return Every(tuple(Is(c.tree, truth=True) for c in conditions))


def some_false(conditions: Sequence[Condition]) -> Claim:
    """At least one condition is false, and so all of them together."""
    return Some(tuple(Is(c.tree, truth=False) for c in conditions))


def passed(rule: Rule) -> Claim:
    """The rule certainly applies, and is met."""
    return Every((all_true(rule.applies), all_true(rule.require)))


def failed(rule: Rule) -> Claim:
    """The rule certainly applies, and is certainly not met."""
    return Every((all_true(rule.applies), some_false(rule.require)))


def blocks(rule: Rule) -> Claim:
    """The rule blocks the candidate, unless it is waived: it failed, or nobody can tell."""
    if rule.allow_unknown:
        return failed(rule)
    return Every((No(some_false(rule.applies)), No(all_true(rule.require))))


class Firing:
    """When decisions fire for certain, followed through all the signals that they raise.

    `rules` are those in force, by id; of any other rule no decision sees anything. Signals must
    not lead back to themselves (the loader refuses those that do).
    """

    def __init__(self, ruleset: Ruleset, rules: Mapping[str, Rule]) -> None:
        self._rules = rules
        self._signals: dict[str, Signal] = {s.id: s for s in ruleset.signals}
        self._raisers: dict[str, list[Decision]] = {}
        for decision in ruleset.decisions:
            if decision.signal is not None:
                self._raisers.setdefault(decision.signal, []).append(decision)
        self._raised: dict[str, Claim] = {}

    def decision(self, decision: Decision) -> Claim:
        """Everything that the decision waits for is certain."""
        given = decision.given
        literals = tuple(
            self.literal(kind, name)
            for kind in ("signal", "failed", "passed")
            for name in getattr(given, kind)
        )
        return Some(literals, given.needed)

    def literal(self, kind: str, name: str) -> Claim:
        """One name of a `given` is certain; `kind` is signal, failed or passed."""
        if kind == "signal":
            return self._signal(name)
        rule = self._rules.get(name)
        if rule is None or rule.shadow:
            return NEVER
        return failed(rule) if kind == "failed" else passed(rule)

    def _signal(self, name: str) -> Claim:
        if name not in self._raised:
            ways = [self.decision(d) for d in self._raisers.get(name, ())]
            signal = self._signals.get(name)
            if signal is not None and signal.when:
                ways.append(all_true(signal.when))
            self._raised[name] = Some(tuple(ways))
        return self._raised[name]
