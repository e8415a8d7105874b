"""The graph that decisions draw."""

from __future__ import annotations

from itertools import combinations

import pytest

from engine.language.graph import Arrow, Node, NodeKind, decision_graph
from engine.language.load import RuleText, load_rules
from engine.language.ruleset import Ruleset
from engine.language.vocabulary import FactDeclaration, FactType, Vocabulary

RULE = (
    "  - {{id: stock.{0}, title: Rule {0}, owner: o, stage: stock, require: candidate.age > 1,"
    ' moment: FMOT, pain: p, reason: {{en: "x"}}}}\n'
)
WORDS = "stage: stock, moment: FMOT, pain: too-bad, reason: {en: x}"
TEXT = (
    "rules:\n"
    + "".join(RULE.format(name) for name in "abcd")
    + f"""\
signals:
  - {{id: wish, title: A wish, when: candidate.age > 3}}
decisions:
  - {{id: chain, title: It chains, given: {{signal: wish, failed: stock.a}}, signal: louder}}
  - {{id: lift, given: {{signal: louder}}, waive: [stock.a, stock.b]}}
  - {{id: stop, given: {{failed: stock.c, passed: stock.d, at_least: 1}}, block: {{{WORDS}}}}}
  - {{id: other, given: {{failed: stock.d}}, propose: BASIC}}
"""
)


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    vocabulary = Vocabulary([FactDeclaration("candidate.age", FactType.INTEGER)])
    return load_rules([RuleText("a.yaml", TEXT)], vocabulary, ["en"])


def test_every_word_of_every_decision_is_an_arrow(ruleset: Ruleset) -> None:
    told = {
        (arrow.start.kind, arrow.start.id, arrow.word, arrow.end.kind, arrow.end.id)
        for group in decision_graph(ruleset)
        for arrow in group.arrows
    }
    rule, signal, decision = NodeKind.RULE, NodeKind.SIGNAL, NodeKind.DECISION
    assert told == {
        (signal, "wish", "", decision, "chain"),
        (rule, "stock.a", "failed", decision, "chain"),
        (decision, "chain", "", signal, "louder"),
        (signal, "louder", "", decision, "lift"),
        (decision, "lift", "", NodeKind.WAIVE, "stock.a"),
        (decision, "lift", "", NodeKind.WAIVE, "stock.b"),
        (rule, "stock.c", "failed", decision, "stop"),
        (rule, "stock.d", "passed", decision, "stop"),
        (decision, "stop", "", NodeKind.BLOCK, "stop"),
        (rule, "stock.d", "failed", decision, "other"),
        (decision, "other", "", NodeKind.PROPOSE, "BASIC"),
    }


def test_what_decisions_do_not_connect_is_apart(ruleset: Ruleset) -> None:
    groups = decision_graph(ruleset)
    decided = [{n.id for n in g.nodes if n.kind is NodeKind.DECISION} for g in groups]
    assert decided == [{"chain", "lift"}, {"stop", "other"}]
    for left, right in combinations(groups, 2):
        assert not set(left.nodes) & set(right.nodes)
    for group in groups:
        assert {n for a in group.arrows for n in (a.start, a.end)} == set(group.nodes)


def test_boxes_have_the_words_of_their_parts(ruleset: Ruleset) -> None:
    nodes = {n for g in decision_graph(ruleset) for n in g.nodes}
    assert Node(NodeKind.SIGNAL, "wish", "A wish") in nodes
    assert Node(NodeKind.SIGNAL, "louder") in nodes
    assert Node(NodeKind.WAIVE, "stock.b", "Rule b") in nodes
    assert Node(NodeKind.BLOCK, "stop", "too-bad") in nodes
    assert Node(NodeKind.DECISION, "stop", at_least=1) in nodes


def test_a_rulebook_without_decisions_draws_nothing(ruleset: Ruleset) -> None:
    vocabulary = Vocabulary([FactDeclaration("candidate.age", FactType.INTEGER)])
    alone = load_rules([RuleText("a.yaml", TEXT.split("signals:")[0])], vocabulary, ["en"])
    assert decision_graph(alone) == ()


def test_the_same_rulebook_gives_the_same_graph(ruleset: Ruleset) -> None:
    first, again = decision_graph(ruleset), decision_graph(ruleset)
    assert first == again
    assert isinstance(first[0].arrows[0], Arrow)
