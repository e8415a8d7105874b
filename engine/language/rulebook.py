"""The rulebook as a document says it: every part with its words in one language.

What is shown, listed as data or drawn is made of this; nothing here knows HTML or Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from engine.language.ruleset import Block, Decision, Pool, Rule, Ruleset, Signal, Stage, Texts
from engine.language.usage import facts_in


@dataclass(frozen=True)
class Sentence:
    """A sentence, and the language it is in; both empty where there is none."""

    text: str = ""
    language: str = ""


@dataclass(frozen=True)
class RuleEntry:
    """A rule in words. `counted_by` and `waived_by` are decisions; `facts` what it reads."""

    id: str
    title: str
    owner: str
    stage: Stage
    applies: tuple[str, ...]
    require: tuple[str, ...]
    moment: str
    pain: str
    reason: Sentence
    remedy: Sentence
    from_: date | None
    until: date | None
    mode: str
    severity: str
    on_unknown: str
    legal: bool
    source: str
    counted_by: tuple[str, ...]
    waived_by: tuple[str, ...]
    facts: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class SignalEntry:
    """A signal in words. `raised_by` and `used_by` are decisions."""

    id: str
    title: str
    when: tuple[str, ...]
    raised_by: tuple[str, ...]
    used_by: tuple[str, ...]
    facts: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class BlockEntry:
    """What a blocking decision says of the contact it prevents."""

    stage: Stage
    moment: str
    pain: str
    reason: Sentence
    remedy: Sentence


@dataclass(frozen=True)
class DecisionEntry:
    """A decision in words; `at_least` is None where everything must hold."""

    id: str
    title: str
    owner: str
    signal: tuple[str, ...]
    failed: tuple[str, ...]
    passed: tuple[str, ...]
    at_least: int | None
    waive: tuple[str, ...]
    propose: str | None
    raises: str | None
    block: BlockEntry | None
    because: Sentence
    place: str


@dataclass(frozen=True)
class PoolEntry:
    """A pool in words."""

    id: str
    title: str
    owner: str
    stage: Stage
    applies: tuple[str, ...]
    per: tuple[str, ...]
    limit: str
    order: tuple[str, ...]
    take_up: float | None
    risk: float | None
    moment: str
    pain: str
    reason: Sentence
    remedy: Sentence
    facts: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Rulebook:
    """The whole document, rules in the order of stages, everything else by id."""

    language: str
    digest: str
    rules: tuple[RuleEntry, ...]
    signals: tuple[SignalEntry, ...]
    decisions: tuple[DecisionEntry, ...]
    pools: tuple[PoolEntry, ...]

    @property
    def stages(self) -> dict[Stage, tuple[RuleEntry, ...]]:
        """Rules by stage, in the order of the funnel; stages without rules are left out."""
        found = {stage: tuple(r for r in self.rules if r.stage is stage) for stage in Stage}
        return {stage: rules for stage, rules in found.items() if rules}


def rulebook(ruleset: Ruleset, language: str) -> Rulebook:
    """The rulebook in `language`; a sentence that lacks it is in the first language."""
    return _Writer(ruleset, language).book()


class _Writer:
    def __init__(self, ruleset: Ruleset, language: str) -> None:
        self._ruleset = ruleset
        self._language = language

    def book(self) -> Rulebook:
        stages = tuple(Stage)
        rules = sorted(self._ruleset.rules, key=lambda r: (stages.index(r.stage), r.id))
        return Rulebook(
            language=self._language,
            digest=self._ruleset.digest,
            rules=tuple(map(self._rule, rules)),
            signals=tuple(map(self._signal, self._ruleset.signals)),
            decisions=tuple(map(self._decision, self._ruleset.decisions)),
            pools=tuple(map(self._pool, self._ruleset.pools)),
        )

    def _said(self, texts: Texts) -> Sentence:
        for language in (self._language, *self._ruleset.languages):
            if language in texts:
                return Sentence(texts[language], language)
        return Sentence()

    def _rule(self, rule: Rule) -> RuleEntry:
        decisions = self._ruleset.decisions
        conditions = (*rule.applies, *rule.require)
        return RuleEntry(
            id=rule.id,
            title=rule.title,
            owner=rule.owner,
            stage=rule.stage,
            applies=tuple(c.text for c in rule.applies),
            require=tuple(c.text for c in rule.require),
            moment=str(rule.moment),
            pain=rule.pain,
            reason=self._said(rule.reason),
            remedy=self._said(rule.remedy),
            from_=rule.from_,
            until=rule.until,
            mode="shadow" if rule.shadow else "enforce",
            severity="warn" if rule.warn else "block",
            on_unknown="allow" if rule.allow_unknown else "block",
            legal=rule.legal,
            source=rule.source,
            counted_by=_ids(d for d in decisions if rule.id in (*d.given.failed, *d.given.passed)),
            waived_by=_ids(d for d in decisions if rule.id in d.waive),
            facts=facts_in(conditions, rule.reason, rule.remedy),
            place=rule.place.at,
        )

    def _signal(self, signal: Signal) -> SignalEntry:
        decisions = self._ruleset.decisions
        return SignalEntry(
            id=signal.id,
            title=signal.title,
            when=tuple(c.text for c in signal.when),
            raised_by=_ids(d for d in decisions if d.signal == signal.id),
            used_by=_ids(d for d in decisions if signal.id in d.given.signal),
            facts=facts_in(signal.when),
            place=signal.place.at,
        )

    def _decision(self, decision: Decision) -> DecisionEntry:
        given = decision.given
        return DecisionEntry(
            id=decision.id,
            title=decision.title,
            owner=decision.owner,
            signal=given.signal,
            failed=given.failed,
            passed=given.passed,
            at_least=given.at_least,
            waive=decision.waive,
            propose=decision.propose,
            raises=decision.signal,
            block=None if decision.block is None else self._block(decision.block),
            because=self._said(decision.because),
            place=decision.place.at,
        )

    def _block(self, block: Block) -> BlockEntry:
        return BlockEntry(
            stage=block.stage,
            moment=str(block.moment),
            pain=block.pain,
            reason=self._said(block.reason),
            remedy=self._said(block.remedy),
        )

    def _pool(self, pool: Pool) -> PoolEntry:
        order = tuple(f"{o.by.text} {'desc' if o.descending else 'asc'}" for o in pool.order)
        conditions = (*pool.applies, pool.limit, *(o.by for o in pool.order))
        return PoolEntry(
            id=pool.id,
            title=pool.title,
            owner=pool.owner,
            stage=pool.stage,
            applies=tuple(c.text for c in pool.applies),
            per=pool.per,
            limit=pool.limit.text,
            order=order,
            take_up=pool.take_up,
            risk=pool.risk,
            moment=str(pool.moment),
            pain=pool.pain,
            reason=self._said(pool.reason),
            remedy=self._said(pool.remedy),
            facts=tuple(sorted({*pool.per, *facts_in(conditions, pool.reason, pool.remedy)})),
            place=pool.place.at,
        )


def _ids(decisions: Iterable[Decision]) -> tuple[str, ...]:
    return tuple(sorted(d.id for d in decisions))
