"""Every reason a contact can be blocked for, in the order in which reasons are given.

A `Reason` says by which columns it holds and what it says; `engine.screening.seen` has the columns,
`engine.screening.explain` puts the reasons of the blocked together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from engine.language.ruleset import (
    Condition,
    Decision,
    Moment,
    Outcome,
    Pool,
    Rule,
    Ruleset,
    Stage,
    Strength,
    Texts,
)
from engine.screening.allocate import DUPLICATE, denies_column, pool_facts
from engine.screening.facts import INVALID
from engine.screening.judge import blocks_column, decision_column, raised_column
from engine.screening.match import rule_column
from engine.screening.sentences import placeholders, said_twice

STAGES = tuple(Stage)


@dataclass(frozen=True)
class Given:
    """What a decision may have built on: it did where `column` has `code`; `words` tell of it."""

    column: str
    code: int
    words: str


@dataclass(frozen=True)
class Reason:
    """One possible reason. It holds where the column `flag` is true, or has a text.

    `cause` is its word; where the column `outcome`, if it has one, says otherwise than failed, the
    word is `unknown`. `sentence` is a template by language; without any, the text of `flag` is the
    sentence. `conditions` are numbered from 1; `facts` those it looked at; `fired` is the column
    with the strength of a decision, and `given` what it may have built on. `per` and `limit` are
    those of a pool.
    """

    id: str
    title: str
    stage: Stage
    moment: Moment
    pain: str
    place: str
    flag: str
    cause: str
    sentence: Texts
    remedy: Texts
    facts: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    outcome: str | None = None
    fired: str | None = None
    given: tuple[Given, ...] = ()
    per: tuple[str, ...] = ()
    limit: Condition | None = None

    @cached_property
    def recorded(self) -> tuple[str, ...]:
        """The facts that are kept with it: those it looked at, and what any of its sentences puts in."""
        return tuple(sorted({*self.facts, *sentence_facts(self.sentence)}))

    @property
    def causes(self) -> tuple[str, ...]:
        """Every word for why, the one where nothing is in doubt first."""
        return (self.cause,) if self.outcome is None else (self.cause, "unknown")


def reasons_of(ruleset: Ruleset) -> tuple[Reason, ...]:
    """All reasons there can be, by stage and then by id."""
    found = [
        *_rules(ruleset),
        *_decisions(ruleset),
        *_pools(ruleset),
        _duplicate(ruleset),
        _invalid(),
    ]
    return tuple(sorted(found, key=lambda r: (STAGES.index(r.stage), r.id)))


def _rules(ruleset: Ruleset) -> Iterator[Reason]:
    for rule in ruleset.rules:
        if not rule.can_block:
            continue
        facts = facts_of(*rule.applies, *rule.require)
        yield replace(
            _of(rule, blocks_column(rule.id), "failed", facts),
            conditions=rule.require,
            outcome=rule_column(rule.id),
        )


def _decisions(ruleset: Ruleset) -> Iterator[Reason]:
    for decision in ruleset.decisions:
        block = decision.block
        if block is None:
            continue
        yield Reason(
            id=decision.id,
            title=decision.title or decision.id,
            stage=block.stage,
            moment=block.moment,
            pain=block.pain,
            place=decision.place.at,
            flag=blocks_column(decision.id),
            cause="decision",
            sentence=block.reason,
            remedy=block.remedy,
            facts=decision_facts(ruleset, decision),
            fired=decision_column(decision.id),
            given=tuple(_given(ruleset, decision)),
        )


def _given(ruleset: Ruleset, decision: Decision) -> Iterator[Given]:
    shadow = {r.id for r in ruleset.rules if r.shadow}
    for words, certain, names in (
        ("failed", Outcome.FAILED, decision.given.failed),
        ("passed", Outcome.PASSED, decision.given.passed),
    ):
        for name in names:
            if name not in shadow:
                yield Given(rule_column(name), certain.value, f"{name} {words}")
                yield Given(rule_column(name), Outcome.UNKNOWN.value, f"{name} unknown")
    for name in decision.given.passed:
        if name not in shadow:
            code = Outcome.PASSED_IF_IT_APPLIES.value
            yield Given(rule_column(name), code, f"{name} passed if it applies")
    for name in decision.given.signal:
        yield Given(raised_column(name), Strength.CERTAIN.value, f"{name} certain")
        yield Given(raised_column(name), Strength.POSSIBLE.value, f"{name} possible")


def _pools(ruleset: Ruleset) -> Iterator[Reason]:
    for pool in ruleset.pools:
        yield replace(
            _of(pool, denies_column(pool.id), "no-room", pool_facts(pool)),
            per=pool.per,
            limit=pool.limit,
        )


def _of(part: Rule | Pool, flag: str, cause: str, facts: tuple[str, ...]) -> Reason:
    """What a rule and a pool say of themselves in the same way."""
    return Reason(
        id=part.id,
        title=part.title,
        stage=part.stage,
        moment=part.moment,
        pain=part.pain,
        place=part.place.at,
        flag=flag,
        cause=cause,
        sentence=part.reason,
        remedy=part.remedy,
        facts=facts,
    )


def _duplicate(ruleset: Ruleset) -> Reason:
    return Reason(
        id=DUPLICATE,
        title="One contact per customer, offer and channel",
        stage=Stage.CONTACT_POLICY,
        moment=Moment.FMOT,
        pain="unwanted.fatigue",
        place="",
        flag=denies_column(DUPLICATE),
        cause="duplicate",
        sentence={language: said_twice(language) for language in ruleset.languages},
        remedy={},
    )


def _invalid() -> Reason:
    return Reason(
        id=INVALID,
        title="The row is a candidate",
        stage=Stage.DATA,
        moment=Moment.FMOT,
        pain="wrong-person",
        place="",
        flag=INVALID,
        cause="invalid",
        sentence={},
        remedy={},
    )


def facts_of(*conditions: Condition) -> tuple[str, ...]:
    """Names of all facts the conditions read, sorted."""
    return tuple(sorted({f for c in conditions for f in c.facts}))


def sentence_facts(texts: Texts) -> tuple[str, ...]:
    """Names of the facts that any language's sentence puts in, sorted."""
    return tuple(sorted({name for t in texts.values() for name in placeholders(t)}))


def decision_facts(ruleset: Ruleset, decision: Decision) -> tuple[str, ...]:
    """The facts a decision rests on, sorted: those of the rules and signals it was given, and of what
    the decisions that raise these signals were given, and so on.
    """
    behind = [decision]
    for one in behind:
        behind += [d for d in ruleset.decisions if d.signal in one.given.signal and d not in behind]
    named = {name for one in behind for name in (*one.given.failed, *one.given.passed)}
    signals = {name for one in behind for name in one.given.signal}
    names = set(sentence_facts(decision.block.reason)) if decision.block else set()
    for rule in ruleset.rules:
        if rule.id in named and not rule.shadow:
            names |= set(facts_of(*rule.applies, *rule.require))
    for signal in ruleset.signals:
        if signal.id in signals:
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
