"""A group of decisions → clauses over symbols, which `engine.screening.rete` chains forward.

`failed: r` of the third rule becomes the facts (failed, r2, possible) and, where it is sure,
(failed, r2, certain); a decision becomes one clause per strength at which it can fire, or one per
literal and strength where it needs only some of them. Nothing else of a rulebook is left here: no
ids, no texts, no values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.language.ruleset import Decision, Given, Outcome, Strength
from engine.screening.rete import Clause, DecisionError, Fact

Literal = tuple[str, str]
"""What a `given` names: ("failed" | "passed", a rule's id) or ("signal", a signal's id)."""

_SEEN_AS: Mapping[str, Mapping[Outcome, Strength]] = {
    "failed": {Outcome.FAILED: Strength.CERTAIN, Outcome.UNKNOWN: Strength.POSSIBLE},
    "passed": {
        Outcome.PASSED: Strength.CERTAIN,
        Outcome.PASSED_IF_IT_APPLIES: Strength.POSSIBLE,
        Outcome.UNKNOWN: Strength.POSSIBLE,
    },
}
_LEVELS = {Strength.POSSIBLE: "possible", Strength.CERTAIN: "certain"}


@dataclass(frozen=True)
class Firing:
    """What a clause stands for: a decision's `given` at a strength, or one literal of it.

    `needed` different literals make the `given` hold.
    """

    decision: Decision
    strength: Strength
    literal: int = 0
    needed: int = 1


class Compiled:
    """A group of decisions as clauses, with what each code of a signature stands for.

    Raises DecisionError for a decision that waits for nothing.
    """

    def __init__(
        self, rules: Sequence[str], signals: Sequence[str], decisions: Sequence[Decision]
    ) -> None:
        self._symbols: dict[Literal, str] = {}
        for number, rule in enumerate(rules):
            self._symbols["failed", rule] = self._symbols["passed", rule] = f"r{number}"
        for number, signal in enumerate(signals):
            self._symbols["signal", signal] = f"s{number}"
        depths = _depths(decisions)
        self.decisions = sorted(decisions, key=lambda d: (depths[d.id], d.id))
        """What raises a signal before what reads it, then by id."""
        self.firings: dict[str, Firing] = {}
        """By the name of the clause."""
        self.clauses = [clause for decision in self.decisions for clause in self._clauses(decision)]
        self._read = {fact for clause in self.clauses for fact in clause.body}
        self._codes: list[tuple[str, dict[int, tuple[int, tuple[Fact, ...]]]]] = [
            *((rule, self._codes_of_rule(rule)) for rule in rules),
            *((signal, self._codes_of_signal(signal)) for signal in signals),
        ]

    def canonical(self, signature: Sequence[int]) -> tuple[int, ...]:
        """The first of the signatures that no decision can tell from this one.

        Raises DecisionError where it has the wrong length or a code that does not exist.
        """
        if len(signature) != len(self._codes):
            raise DecisionError(
                f"a signature has {len(signature)} codes where {len(self._codes)} are needed"
            )
        told = list(zip(signature, self._codes, strict=True))
        for code, (name, codes) in told:
            if code not in codes:
                raise DecisionError(f"`{name}` has {code!r} where an outcome or strength is needed")
        return tuple([codes[code][0] for code, (_, codes) in told])

    def facts_of(self, signature: Sequence[int]) -> list[Fact]:
        """What holds in a canonical signature, as far as any clause reads it."""
        told = zip(signature, self._codes, strict=True)
        return [fact for code, (_, codes) in told for fact in codes[code][1]]

    def facts(self, literal: Literal, strength: Strength) -> tuple[Fact, ...]:
        """What holds when the literal holds this surely: what is certain is possible too."""
        symbol = self._symbols[literal]
        return tuple(
            Fact(literal[0], symbol, name) for level, name in _LEVELS.items() if level <= strength
        )

    def _codes_of_rule(self, rule: str) -> dict[int, tuple[int, tuple[Fact, ...]]]:
        first: dict[tuple[Fact, ...], int] = {}
        codes = {}
        for outcome in Outcome:
            facts = tuple(
                fact
                for kind, seen in _SEEN_AS.items()
                for fact in self.facts((kind, rule), seen.get(outcome, Strength.NO))
                if fact in self._read
            )
            codes[int(outcome)] = (first.setdefault(facts, int(outcome)), facts)
        return codes

    def _codes_of_signal(self, signal: str) -> dict[int, tuple[int, tuple[Fact, ...]]]:
        # Its final strength is reported, so strengths that no clause tells apart stay apart.
        return {int(s): (int(s), self.facts(("signal", signal), s)) for s in Strength}

    def _clauses(self, decision: Decision) -> Iterator[Clause]:
        named = literals(decision.given)
        if not named or (decision.given.at_least or 1) < 1:
            raise DecisionError(f"decision `{decision.id}` waits for nothing")
        # What is said of a rule that no signature holds (a shadow rule) never holds.
        visible = [literal for literal in named if literal in self._symbols]
        needed = decision.given.at_least or len(named)
        if needed > len(visible):
            return
        for strength, level in _LEVELS.items():
            if strength < _enough(decision):
                continue
            facts = [self.facts(literal, strength)[-1] for literal in visible]
            together = needed == len(facts)
            bodies = [tuple(facts)] if together else [(fact,) for fact in facts]
            for number, body in enumerate(bodies):
                name = f"{decision.id} {level} {number}"
                self.firings[name] = Firing(decision, strength, number, 1 if together else needed)
                yield Clause(name, body)


def literals(given: Given) -> list[Literal]:
    """What a `given` names, each once."""
    named = {"failed": given.failed, "passed": given.passed, "signal": given.signal}
    return list(dict.fromkeys((kind, name) for kind, names in named.items() for name in names))


def _enough(decision: Decision) -> Strength:
    """How surely its `given` has to hold for the decision to fire."""
    return Strength.CERTAIN if decision.waive or decision.propose is not None else Strength.POSSIBLE


def _depths(decisions: Sequence[Decision]) -> dict[str, int]:
    """How many decisions can stand in a row, each raising what the next reads, up to each one.

    Those that raise signals in a circle count as one and share a depth. This is Tarjan's
    algorithm along what comes before, without recursion: chains may be longer than the stack.
    """
    before: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for decision in decisions:
        node = ("decision", decision.id)
        before[node] = [("signal", signal) for signal in decision.given.signal]
        for signal in (*decision.given.signal, *filter(None, [decision.signal])):
            before.setdefault(("signal", signal), [])
        if decision.signal is not None:
            before["signal", decision.signal].append(node)
    depths: dict[tuple[str, str], int] = {}
    seen: dict[tuple[str, str], int] = {}
    lowest: dict[tuple[str, str], int] = {}
    path: list[tuple[str, str]] = []
    for root, earliest in before.items():
        walk = [] if root in seen else [(root, iter(earliest))]
        while walk:
            node, rest = walk[-1]
            if node not in seen:
                seen[node] = lowest[node] = len(seen)
                path.append(node)
            for earlier in rest:
                if earlier not in seen:
                    walk.append((earlier, iter(before[earlier])))
                    break
                if earlier not in depths:
                    lowest[node] = min(lowest[node], seen[earlier])
            else:
                walk.pop()
                if walk:
                    lowest[walk[-1][0]] = min(lowest[walk[-1][0]], lowest[node])
                if lowest[node] == seen[node]:
                    circle = path[path.index(node) :]
                    del path[-len(circle) :]
                    upstream = {e for member in circle for e in before[member] if e in depths}
                    depth = max((depths[e] for e in upstream), default=0)
                    depth += any(kind == "decision" for kind, _ in circle)
                    depths.update(dict.fromkeys(circle, depth))
    return {name: depth for (kind, name), depth in depths.items() if kind == "decision"}
