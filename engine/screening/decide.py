"""Signatures → effects: what the decisions of a rulebook make of outcomes and signals.

Decisions relate only some rules to each other, so they fall into groups that cannot influence one
another, and a list shows each group only a few distinct combinations of outcomes: its signatures.
Each is decided once, however many candidates share it. What a decision waits for becomes clauses
(`engine.screening.clauses`) that durable-rules chains forward to the least fixpoint
(`engine.screening.rete`).

Doubt counts against the contact: every literal that is certain is also possible, blocking and
raising need a possible `given`, waiving and proposing a certain one, and nothing is negated. So
knowing less never removes a block and never adds a waiver or a proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.language.ruleset import Decision, Ruleset, Strength
from engine.screening.clauses import Compiled, literals
from engine.screening.rete import DecisionError, Fact, Network

__all__ = ["DecisionError", "Effects", "Group", "Signature", "decide", "groups"]

Signature = tuple[int, ...]
"""An `Outcome` code per rule of the group, then a `Strength` code per signal (its own `when`)."""

Node = tuple[str, str]
"""A rule or a signal in the graph that decisions draw: ("rule" | "signal", id)."""


@dataclass(frozen=True)
class Group:
    """Decisions that can influence one another, with the rules and signals they read."""

    rules: tuple[str, ...]
    """Ids of the rules their `given` reads, sorted: the first part of a signature."""
    signals: tuple[str, ...]
    """Ids of the signals they read or raise, sorted: the second part."""
    decisions: tuple[Decision, ...]
    """Sorted by id."""


@dataclass(frozen=True)
class Effects:
    """What the decisions of one group do to every candidate with one signature."""

    waived: tuple[str, ...]
    """Ids of the rules that are waived, sorted."""
    waivers: tuple[str, ...]
    """Ids of the decisions that waive, sorted."""
    blocked: tuple[str, ...]
    """Ids of the decisions that block, sorted."""
    proposed: tuple[str, ...]
    """Ids of the decisions that propose, sorted."""
    fired: tuple[tuple[str, Strength], ...]
    """Every decision that fired and how surely; what raises a signal stands before what reads
    it (decisions that raise signals in a circle stand together), then by id."""
    signals: tuple[tuple[str, Strength], ...]
    """The final strength of each of the group's signals, in the group's order."""


def groups(ruleset: Ruleset) -> tuple[Group, ...]:
    """The connected components of the graph that decisions draw, in a fixed order.

    What a decision reads and the signal it raises are connected; rules it waives are not, since
    waiving does not depend on their outcome. A shadow rule is invisible: no signature holds it
    and what is said of it never holds. A decision that sees nothing else is in no group.
    """
    shadow = {rule.id for rule in ruleset.rules if rule.shadow}
    above: dict[Node, Node] = {}

    def top(node: Node) -> Node:
        while (parent := above.setdefault(node, node)) != node:
            above[node] = above[parent]
            node = parent
        return node

    touched: dict[str, list[Node]] = {}
    for decision in ruleset.decisions:
        nodes = [
            ("signal" if kind == "signal" else "rule", name)
            for kind, name in literals(decision.given)
            if kind == "signal" or name not in shadow
        ]
        if decision.signal is not None:
            nodes.append(("signal", decision.signal))
        touched[decision.id] = nodes
        for node in nodes:
            above[top(node)] = top(nodes[0])

    members: dict[Node, list[Decision]] = {}
    for decision in sorted(ruleset.decisions, key=lambda d: d.id):
        if touched[decision.id]:
            members.setdefault(top(touched[decision.id][0]), []).append(decision)
    found = []
    for decisions in members.values():
        nodes = sorted({node for decision in decisions for node in touched[decision.id]})
        rules = tuple(name for kind, name in nodes if kind == "rule")
        signals = tuple(name for kind, name in nodes if kind == "signal")
        found.append(Group(rules, signals, tuple(decisions)))
    return tuple(sorted(found, key=lambda group: (group.rules, group.signals)))


def decide(group: Group, signatures: Iterable[Signature]) -> list[Effects]:
    """The effects of each signature, in the order given; each is decided once.

    Raises DecisionError when a signature has the wrong length or a code that does not exist, and
    when durable-rules fails: no effects at all are better than some.
    """
    compiled = Compiled(group.rules, group.signals, group.decisions)
    decided: dict[Signature, Effects] = {}
    shared: dict[Effects, Effects] = {}
    found = []
    with Network(compiled.clauses) as network:
        for signature in signatures:
            canonical = compiled.canonical(signature)
            if canonical not in decided:
                own = canonical[len(group.rules) :]
                working = _Working(compiled, dict(zip(group.signals, own, strict=True)))
                network.run(compiled.facts_of(canonical), working.fire)
                effects = working.effects()
                decided[canonical] = shared.setdefault(effects, effects)
            found.append(decided[canonical])
    return found


class _Working:
    """What comes out for one signature, clause by clause; `signals` are their own strengths."""

    def __init__(self, compiled: Compiled, signals: Mapping[str, int]) -> None:
        self._compiled = compiled
        self._signals = {signal: Strength(code) for signal, code in signals.items()}
        self._fired: dict[str, Strength] = {}
        self._tallies: dict[tuple[str, Strength], set[int]] = {}

    def fire(self, name: str) -> tuple[Fact, ...]:
        """Take note of a clause that fired; the facts of the signal it raises, if it does."""
        firing = self._compiled.firings[name]
        decision, strength = firing.decision, firing.strength
        if firing.needed > 1:
            tally = self._tallies.setdefault((decision.id, strength), set())
            tally.add(firing.literal)
            if len(tally) < firing.needed:
                return ()
        self._fired[decision.id] = max(strength, self._fired.get(decision.id, Strength.NO))
        if decision.signal is None:
            return ()
        self._signals[decision.signal] = max(strength, self._signals[decision.signal])
        return self._compiled.facts(("signal", decision.signal), strength)

    def effects(self) -> Effects:
        fired = [d for d in self._compiled.decisions if d.id in self._fired]
        return Effects(
            waived=tuple(sorted({rule for d in fired for rule in d.waive})),
            waivers=tuple(sorted(d.id for d in fired if d.waive)),
            blocked=tuple(sorted(d.id for d in fired if d.block is not None)),
            proposed=tuple(sorted(d.id for d in fired if d.propose is not None)),
            fired=tuple((d.id, self._fired[d.id]) for d in fired),
            signals=tuple(self._signals.items()),
        )
