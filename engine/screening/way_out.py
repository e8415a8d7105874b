"""What would have to change for one candidate: the fewest condition lines that clear its reasons.

A change makes one line hold, or no longer hold; lines that say the same change together. Which
lines depend on which facts is not looked at: whether the data can ever meet them is for people to
judge. The search is exact. Whatever clears a reason changes something that the reason hangs on,
so it tries just these changes, reason after reason, and allows one change more each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from engine.language.ruleset import Condition, Decision, Rule, Ruleset
from engine.screening.redecide import Redecided, Truth, redecide

MOST_STEPS = 20_000
"""How many sets of changes are looked at before the search is given up."""
MOST_WAYS = 10
"""How many ways of the same length are told."""

Change = tuple[str, bool]
"""The text of a condition, and whether it must hold (or no longer hold)."""


@dataclass(frozen=True)
class Way:
    """Changes that together leave no reason, and which decisions then waive which rules."""

    changes: tuple[Change, ...]
    waived_by: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class WaysOut:
    """The shortest ways there are, at most MOST_WAYS, and the shortest without a further waiver.

    Both are empty where nothing that rules and decisions say can clear the candidate, and
    `given_up` where they depend on each other so much that it could not be found out.
    """

    shortest: tuple[Way, ...]
    without_waivers: tuple[Way, ...]
    given_up: bool = False


class _GivenUp(Exception):
    """Too many steps."""


def ways_out(ruleset: Ruleset, holds: Mapping[str, Truth], day: date) -> WaysOut:
    """How a candidate that rules or decisions block could be cleared, rooms in pools aside.

    `holds` tells of every condition line, by its text, whether it holds (None: unknown); `day` is
    the run's. A way makes lines hold; of signals and of an unknown `applies` also that they do
    not. Only where that is not enough may any line be made not to hold.
    """
    now = redecide(ruleset, holds, day)
    if not now.reasons:
        return WaysOut((Way(()),), (Way(()),))
    lifting = {decision for _, fired in now.waived for decision in fired}
    kept = tuple(d for d in ruleset.decisions if not d.waive or d.id in lifting)
    try:
        shortest = _search(ruleset, holds, day)
        if any(not way.waived_by for way in shortest) or len(kept) == len(ruleset.decisions):
            plain = tuple(way for way in shortest if not way.waived_by)
        else:
            plain = _search(replace(ruleset, decisions=kept), holds, day)
    except _GivenUp:
        return WaysOut((), (), given_up=True)
    return WaysOut(shortest, plain)


def _search(ruleset: Ruleset, holds: Mapping[str, Truth], day: date) -> tuple[Way, ...]:
    for freely in (False, True):
        found = _Search(ruleset, holds, day, freely).ways()
        if found:
            return found
    return ()


@dataclass(frozen=True)
class _Search:
    ruleset: Ruleset
    holds: Mapping[str, Truth]
    day: date
    freely: bool
    """Whether any line may be made not to hold."""

    def ways(self) -> tuple[Way, ...]:
        before = redecide(self.ruleset, self.holds, self.day)
        concerned = self._concerned(before)
        looked_at = 0
        for most in range(1, len(self._allowed) + 1):
            attempt = _Attempt(concerned, self.holds, self.day, self._hangs_on, most, looked_at)
            attempt.extend(frozenset())
            if attempt.found:
                ways = [_way(c, before, after) for c, after in attempt.found.items()]
                ways.sort(key=lambda way: (len(way.waived_by), way.changes))
                return tuple(ways[:MOST_WAYS])
            if not attempt.cut_short:
                return ()
            looked_at = attempt.looked_at
        return ()

    def _concerned(self, before: Redecided) -> Ruleset:
        """The rulebook without the rules that no change on the way can make a difference to."""
        # What is waived now may not be when what lifts it has changed.
        read = {
            name
            for d in self.ruleset.decisions
            for name in (*d.given.failed, *d.given.passed, *d.waive)
        }
        waiting, known, texts = list(before.reasons), set(before.reasons), set[str]()
        while waiting:
            texts |= {text for text, _ in self._hangs_on[waiting.pop()]}
            for rule in self.ruleset.rules:
                lines = {c.text for c in (*rule.applies, *rule.require)}
                if rule.id not in known and (rule.id in read or lines & texts):
                    known.add(rule.id)
                    waiting.append(rule.id)
            for decision in self.ruleset.decisions:
                if decision.id not in known:
                    known.add(decision.id)
                    waiting.append(decision.id)
        rules = tuple(rule for rule in self.ruleset.rules if rule.id in known)
        return replace(self.ruleset, rules=rules)

    @cached_property
    def _allowed(self) -> frozenset[Change]:
        """The changes that a way may be made of."""
        allowed: set[Change] = set()
        for rule in self.ruleset.rules:
            allowed |= self._of(rule.require, (True,))
            unknown = tuple(c for c in rule.applies if self.holds[c.text] is None)
            allowed |= self._of(rule.applies, (True,)) | self._of(unknown, (False,))
            if self.freely:
                allowed |= self._of((*rule.require, *rule.applies), (False,))
        for signal in self.ruleset.signals:
            allowed |= self._of(signal.when, (True, False))
        return frozenset(allowed)

    def _of(self, lines: tuple[Condition, ...], made: tuple[bool, ...]) -> set[Change]:
        return {(c.text, to) for c in lines for to in made if self.holds[c.text] is not to}

    @cached_property
    def _hangs_on(self) -> Mapping[str, frozenset[Change]]:
        """What may clear each reason: nothing else can."""
        clears: dict[str, frozenset[Change]] = {}
        for rule in self.ruleset.rules:
            own = self._of(rule.require, (True,)) | self._of(rule.applies, (False,))
            waivers = [d for d in self.ruleset.decisions if rule.id in d.waive]
            clears[rule.id] = frozenset(own.union(*map(self._read_by, waivers)) & self._allowed)
        for decision in self.ruleset.decisions:
            clears[decision.id] = frozenset(self._read_by(decision) & self._allowed)
        return clears

    def _read_by(self, decision: Decision) -> set[Change]:
        """Every change to what a decision looks at, through the signals that others raise."""
        rules: dict[str, Rule] = {rule.id: rule for rule in self.ruleset.rules}
        signals = {signal.id: signal for signal in self.ruleset.signals}
        read: set[Change] = set()
        for one in _behind(self.ruleset, decision):
            for name in (*one.given.failed, *one.given.passed):
                if not rules[name].shadow:
                    read |= self._of((*rules[name].applies, *rules[name].require), (True, False))
            for name in one.given.signal:
                if name in signals:
                    read |= self._of(signals[name].when, (True, False))
        return read


@dataclass
class _Attempt:
    """All ways of at most so many changes. `found` has what clears, each with what it comes to;
    `cut_short` tells whether more changes might find more.
    """

    ruleset: Ruleset
    holds: Mapping[str, Truth]
    day: date
    hangs_on: Mapping[str, frozenset[Change]]
    most: int
    looked_at: int
    cut_short: bool = False
    found: dict[frozenset[Change], Redecided] = field(default_factory=dict)
    _seen: set[frozenset[Change]] = field(default_factory=set)

    def extend(self, changes: frozenset[Change]) -> None:
        """Find every way that these changes are the beginning of."""
        if changes in self._seen:
            return
        self._seen.add(changes)
        self.looked_at += 1
        if self.looked_at > MOST_STEPS:
            raise _GivenUp
        after = redecide(self.ruleset, {**self.holds, **dict(changes)}, self.day)
        if not after.reasons:
            self.found[changes] = after
            return
        changed = {text for text, _ in changes}
        open_ = [
            frozenset(c for c in self.hangs_on[reason] if c[0] not in changed)
            for reason in after.reasons
        ]
        if not all(open_):
            return
        if len(changes) + _at_least(open_) > self.most:
            self.cut_short = True
            return
        fewest: frozenset[Change] = min(open_, key=lambda c: (len(c), sorted(c)))
        for change in sorted(fewest):
            self.extend(changes | {change})


def _behind(ruleset: Ruleset, decision: Decision) -> Iterator[Decision]:
    """The decision and all that raise a signal which it, or one of these, looks at."""
    waiting, known = [decision], {decision.id}
    while waiting:
        one = waiting.pop()
        yield one
        for other in ruleset.decisions:
            if other.signal in one.given.signal and other.id not in known:
                known.add(other.id)
                waiting.append(other)


def _at_least(open_: list[frozenset[Change]]) -> int:
    """How many changes it takes at the least: reasons that hang on nothing in common need one
    each.
    """
    taken: set[Change] = set()
    needed = 0
    for changes in sorted(open_, key=len):
        if not changes & taken:
            taken |= changes
            needed += 1
    return needed


def _way(changes: frozenset[Change], before: Redecided, after: Redecided) -> Way:
    fired = {d for _, decisions in before.waived for d in decisions}
    lifted: dict[str, list[str]] = {}
    for rule, decisions in after.waived:
        if fired.isdisjoint(decisions):
            for decision in decisions:
                lifted.setdefault(decision, []).append(rule)
    waived = tuple((d, tuple(rules)) for d, rules in sorted(lifted.items()))
    return Way(tuple(sorted(changes)), waived)
