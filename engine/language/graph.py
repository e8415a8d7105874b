"""What decisions draw: rules and signals → decisions → what they do, as nodes and arrows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.language.ruleset import Ruleset


class NodeKind(StrEnum):
    """What a node stands for; the last three are effects."""

    RULE = "rule"
    SIGNAL = "signal"
    DECISION = "decision"
    WAIVE = "waive"
    BLOCK = "block"
    PROPOSE = "propose"


@dataclass(frozen=True)
class Node:
    """One box: `id` is that of the part (an offer's code for a proposal), `title` its words.

    `at_least` is how many of the arrows into a decision are enough, None for all of them.
    """

    kind: NodeKind
    id: str
    title: str = ""
    at_least: int | None = None


@dataclass(frozen=True)
class Arrow:
    """From a box to a box; `word` is `failed` or `passed` on the way from a rule, else empty."""

    start: Node
    end: Node
    word: str = ""


@dataclass(frozen=True)
class Group:
    """Boxes that arrows connect, directly or over others; no arrow leaves it."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


def decision_graph(ruleset: Ruleset) -> tuple[Group, ...]:
    """The graph of all decisions, in parts that have nothing to do with each other.

    Rules that no decision speaks of are not in it. The order is that of ids, so that the same
    rulebook gives the same graph.
    """
    arrows = tuple(dict.fromkeys(_arrows(ruleset)))
    roots: dict[Node, Node] = {}

    def root(node: Node) -> Node:
        while roots.setdefault(node, node) != node:
            node = roots[node]
        return node

    for arrow in arrows:
        roots[root(arrow.end)] = root(arrow.start)
    groups: dict[Node, list[Arrow]] = {}
    for arrow in arrows:
        groups.setdefault(root(arrow.start), []).append(arrow)
    return tuple(
        Group(tuple(dict.fromkeys(n for a in part for n in (a.start, a.end))), tuple(part))
        for part in groups.values()
    )


def _arrows(ruleset: Ruleset) -> Iterator[Arrow]:
    titles = {rule.id: rule.title for rule in ruleset.rules}
    titles |= {signal.id: signal.title for signal in ruleset.signals}

    def box(kind: NodeKind, name: str) -> Node:
        return Node(kind, name, titles.get(name, ""))

    for decision in ruleset.decisions:
        given = decision.given
        here = Node(NodeKind.DECISION, decision.id, decision.title, given.at_least)
        for name in given.signal:
            yield Arrow(box(NodeKind.SIGNAL, name), here)
        for name in given.failed:
            yield Arrow(box(NodeKind.RULE, name), here, "failed")
        for name in given.passed:
            yield Arrow(box(NodeKind.RULE, name), here, "passed")
        yield from (Arrow(here, box(NodeKind.WAIVE, name)) for name in decision.waive)
        if decision.signal is not None:
            yield Arrow(here, box(NodeKind.SIGNAL, decision.signal))
        if decision.propose is not None:
            yield Arrow(here, Node(NodeKind.PROPOSE, decision.propose))
        if decision.block is not None:
            yield Arrow(here, Node(NodeKind.BLOCK, decision.id, decision.block.pain))
