"""Which parts of a rulebook read which fact: in conditions, queues and sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from string import Formatter

from engine.language.ruleset import Condition, Ruleset, Texts

KINDS = ("rules", "signals", "decisions", "pools")
"""The kinds of part, in the order in which a rulebook is told."""
Readers = Mapping[str, tuple[str, ...]]
"""Ids of parts, sorted, by kind; a kind that reads nothing is there with no ids."""


def readers(ruleset: Ruleset) -> Mapping[str, Readers]:
    """Who reads each fact, by the fact's name; facts that nobody reads are left out."""
    found: dict[str, dict[str, set[str]]] = {}
    for kind, part, facts in _reading(ruleset):
        for fact in facts:
            found.setdefault(fact, {kind: set() for kind in KINDS})[kind].add(part)
    return {
        fact: {kind: tuple(sorted(parts)) for kind, parts in by_kind.items()}
        for fact, by_kind in sorted(found.items())
    }


def facts_in(conditions: Iterable[Condition], *texts: Texts) -> tuple[str, ...]:
    """Names of the facts that conditions read and sentences put in, sorted."""
    names = {fact for condition in conditions for fact in condition.facts}
    for sentences in texts:
        for sentence in sentences.values():
            names |= {name for _, name, _, _ in Formatter().parse(sentence) if name}
    return tuple(sorted(names))


def _reading(ruleset: Ruleset) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for rule in ruleset.rules:
        conditions = (*rule.applies, *rule.require)
        yield "rules", rule.id, facts_in(conditions, rule.reason, rule.remedy)
    for signal in ruleset.signals:
        yield "signals", signal.id, facts_in(signal.when)
    for decision in ruleset.decisions:
        block = decision.block
        texts = (decision.because, *((block.reason, block.remedy) if block else ()))
        yield "decisions", decision.id, facts_in((), *texts)
    for pool in ruleset.pools:
        conditions = (*pool.applies, pool.limit, *(key.by for key in pool.order))
        read = {*facts_in(conditions, pool.reason, pool.remedy), *pool.per}
        yield "pools", pool.id, tuple(sorted(read))
