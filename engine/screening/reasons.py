"""Every reason a contact can be blocked for, in the order in which reasons are given.

A `Reason` says when it holds and how it reads, as columns; `engine.screening.explain` puts them
together for the blocked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.ruleset import (
    Condition,
    Decision,
    Moment,
    Outcome,
    Rule,
    Ruleset,
    Stage,
    Strength,
    Texts,
)
from engine.language.vocabulary import Vocabulary
from engine.screening.allocate import DUPLICATE, denies_column, pool_facts
from engine.screening.columns import Compiler
from engine.screening.facts import INVALID
from engine.screening.judge import blocks_column, decision_column, raised_column
from engine.screening.match import rule_column
from engine.screening.sentences import not_proven, placeholders, sentence

STAGES = tuple(Stage)


@dataclass(frozen=True)
class Reason:
    """One possible reason. `present` is a boolean column; the rest is what it says where true.

    `cause` is its word where `in_doubt` is not true; there it is `unknown`.
    `failing` are the numbered conditions that did not hold, as (number, holds-not column, text);
    `facts` the facts it looked at; `given` what a decision built on, as (column, words).
    """

    id: str
    title: str
    stage: Stage
    moment: Moment
    pain: str
    place: str
    present: Any
    cause: str
    sentence: Any
    remedy: Texts
    facts: tuple[str, ...]
    failing: tuple[tuple[int, Any, str], ...] = ()
    given: tuple[tuple[Any, str], ...] = ()
    in_doubt: Any = None


@dataclass(frozen=True)
class ReasonMaker:
    """Makes the reasons of a ruleset against one table (judged, with the pools' denials)."""

    ruleset: Ruleset
    table: ir.Table
    compiler: Compiler
    vocabulary: Vocabulary
    zone: str

    def reasons(self) -> list[Reason]:
        """All of them, by stage and then by id."""
        found = [
            *self._rules(),
            *self._decisions(),
            *self._pools(),
            self._duplicate(),
            self._invalid(),
        ]
        return sorted(found, key=lambda r: (STAGES.index(r.stage), r.id))

    @property
    def _language(self) -> str:
        return self.ruleset.languages[0]

    def _sentence(self, texts: Texts) -> Any:
        template = texts[self._language]
        return sentence(template, self.table, self.vocabulary, self.compiler.dialect, self.zone)

    def _rules(self) -> Iterator[Reason]:
        for rule in self.ruleset.rules:
            if not rule.can_block:
                continue
            outcome = self.table[rule_column(rule.id)]
            in_doubt = outcome != Outcome.FAILED.value
            facts = facts_of(*rule.applies, *rule.require)
            dialect = self.compiler.dialect
            doubt = not_proven(rule.title, facts, self.table, dialect, self._language)
            yield Reason(
                id=rule.id,
                title=rule.title,
                stage=rule.stage,
                moment=rule.moment,
                pain=rule.pain,
                place=f"{rule.place.file}:{rule.place.line}",
                present=self.table[blocks_column(rule.id)],
                cause="failed",
                sentence=ibis.cases((in_doubt, doubt), else_=self._sentence(rule.reason)),
                remedy=rule.remedy,
                facts=facts,
                failing=self._failing(rule),
                in_doubt=in_doubt,
            )

    def _failing(self, rule: Rule) -> tuple[tuple[int, Any, str], ...]:
        return tuple(
            (number, ~self.compiler.value(c.tree).fill_null(False), c.text)
            for number, c in enumerate(rule.require, 1)
        )

    def _decisions(self) -> Iterator[Reason]:
        for decision in self.ruleset.decisions:
            block = decision.block
            if block is None:
                continue
            yield Reason(
                id=decision.id,
                title=decision.title or decision.id,
                stage=block.stage,
                moment=block.moment,
                pain=block.pain,
                place=f"{decision.place.file}:{decision.place.line}",
                present=self.table[blocks_column(decision.id)],
                cause="decision",
                sentence=self._sentence(block.reason),
                remedy=block.remedy,
                facts=decision_facts(self.ruleset, decision),
                given=tuple(self._given(decision)),
            )

    def _given(self, decision: Decision) -> Iterator[tuple[Any, str]]:
        fired = self.table[decision_column(decision.id)] > 0
        shadow = {r.id for r in self.ruleset.rules if r.shadow}
        for words, certain, names in (
            ("failed", Outcome.FAILED, decision.given.failed),
            ("passed", Outcome.PASSED, decision.given.passed),
        ):
            for name in names:
                if name in shadow:
                    continue
                code = self.table[rule_column(name)]
                yield fired & (code == certain.value), f"{name} {words}"
                yield fired & (code == Outcome.UNKNOWN.value), f"{name} unknown"
        for name in decision.given.signal:
            if raised_column(name) in self.table.columns:
                strength = self.table[raised_column(name)]
                yield fired & (strength == Strength.CERTAIN.value), f"{name} certain"
                yield fired & (strength == Strength.POSSIBLE.value), f"{name} possible"

    def _pools(self) -> Iterator[Reason]:
        for pool in self.ruleset.pools:
            yield Reason(
                id=pool.id,
                title=pool.title,
                stage=pool.stage,
                moment=pool.moment,
                pain=pool.pain,
                place=f"{pool.place.file}:{pool.place.line}",
                present=self.table[denies_column(pool.id)],
                cause="no-room",
                sentence=self._sentence(pool.reason),
                remedy=pool.remedy,
                facts=pool_facts(pool),
            )

    def _duplicate(self) -> Reason:
        words = ibis.literal("Another candidate of this list makes the same offer to the customer")
        return Reason(
            id=DUPLICATE,
            title="One contact per customer, offer and channel",
            stage=Stage.CONTACT_POLICY,
            moment=Moment.FMOT,
            pain="unwanted.fatigue",
            place="",
            sentence=words,
            present=self.table[denies_column(DUPLICATE)],
            cause="duplicate",
            remedy={},
            facts=(),
        )

    def _invalid(self) -> Reason:
        why = self.table[INVALID]
        return Reason(
            id=INVALID,
            title="The row is a candidate",
            stage=Stage.DATA,
            moment=Moment.FMOT,
            pain="wrong-person",
            place="",
            present=why.notnull(),
            cause="invalid",
            sentence=why,
            remedy={},
            facts=(),
        )


def facts_of(*conditions: Condition) -> tuple[str, ...]:
    """Names of all facts the conditions read, sorted."""
    return tuple(sorted({f for c in conditions for f in c.facts}))


def sentence_facts(texts: Texts) -> tuple[str, ...]:
    """Names of the facts that any language's sentence puts in, sorted."""
    return tuple(sorted({name for t in texts.values() for name in placeholders(t)}))


def decision_facts(ruleset: Ruleset, decision: Decision) -> tuple[str, ...]:
    """The facts a decision rests on: those of the rules and signals it was given, sorted."""
    given = decision.given
    named = {*given.failed, *given.passed}
    names = set(sentence_facts(decision.block.reason)) if decision.block else set()
    for rule in ruleset.rules:
        if rule.id in named and not rule.shadow:
            names |= set(facts_of(*rule.applies, *rule.require))
    for signal in ruleset.signals:
        if signal.id in given.signal:
            names |= set(facts_of(*signal.when))
    return tuple(sorted(names))


def facts_read(ruleset: Ruleset) -> frozenset[str]:
    """Every fact that the rulebook reads, in conditions, pools and sentences."""
    names: set[str] = set()
    for rule in ruleset.rules:
        names |= {*facts_of(*rule.applies, *rule.require), *sentence_facts(rule.reason)}
    for signal in ruleset.signals:
        names |= set(facts_of(*signal.when))
    for decision in ruleset.decisions:
        if decision.block is not None:
            names |= set(sentence_facts(decision.block.reason))
    for pool in ruleset.pools:
        names |= {*pool_facts(pool), *sentence_facts(pool.reason)}
    return frozenset(names)
