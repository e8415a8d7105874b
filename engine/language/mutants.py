"""A rulebook → rulebooks that differ from it by one small change, for the mutation check.

A change that no test notices is one that somebody could make by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from engine.diagnostics import Diagnostic, Place
from engine.language.alterations import alterations
from engine.language.condition import parse_condition
from engine.language.ruleset import Condition, Decision, Given, Pool, Rule, Ruleset, Signal
from engine.language.vocabulary import Vocabulary

Conditions = tuple[Condition, ...]
_ALONE = "add a test where `{0}` alone is not met"
_SUM = re.compile(r"[\w.+\-\s]+")
_DAY = timedelta(days=1)


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change: what stood there, what stands there instead, and which test would notice.

    `part` is the id of what is changed, and `after` the name of the change, unique within it.
    `changed` are the parts as they are then; `shows` says where the change begins to show: in
    outcomes and signals, in decisions and blocks, or in what pools grant.
    """

    part: str
    place: Place
    before: str
    after: str
    hint: str
    changed: tuple[Rule | Signal | Decision | Pool, ...]
    shows: Literal["match", "judge", "allocate"] = "match"

    def variant(self, ruleset: Ruleset) -> Ruleset:
        """The rulebook with the change made."""
        rules = {part.id: part for part in self.changed if isinstance(part, Rule)}
        signals = {part.id: part for part in self.changed if isinstance(part, Signal)}
        decisions = {part.id: part for part in self.changed if isinstance(part, Decision)}
        pools = {part.id: part for part in self.changed if isinstance(part, Pool)}
        return replace(
            ruleset,
            rules=tuple(rules.get(r.id, r) for r in ruleset.rules),
            signals=tuple(signals.get(s.id, s) for s in ruleset.signals),
            decisions=tuple(decisions.get(d.id, d) for d in ruleset.decisions),
            pools=tuple(pools.get(p.id, p) for p in ruleset.pools),
        )


def mutants(ruleset: Ruleset, vocabulary: Vocabulary) -> list[Mutant]:
    """Every change of every part, by part; what could not be written that way is left out."""
    maker = _Maker(vocabulary)
    found = [m for rule in ruleset.rules for m in maker.rule(rule)]
    found += [m for signal in ruleset.signals for m in maker.signal(signal)]
    found += [m for decision in ruleset.decisions for m in _decision(decision)]
    found += [m for pool in ruleset.pools for m in maker.pool(pool)]
    return [*_named(found), *_orders(ruleset)]


def _named(found: list[Mutant]) -> Iterator[Mutant]:
    """Two changes of one part that read the same are told apart by a number."""
    taken: dict[tuple[str, str], int] = {}
    for mutant in found:
        key = (mutant.part, mutant.after)
        taken[key] = times = taken.get(key, 0) + 1
        yield mutant if times == 1 else replace(mutant, after=f"{mutant.after} ({times})")


class _Maker:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def rule(self, rule: Rule) -> Iterator[Mutant]:
        for condition, require, hint in self._changed(rule.require):
            yield _of(rule, condition, replace(rule, require=require), hint)
        for condition, applies, hint in self._changed(rule.applies):
            yield _of(rule, condition, replace(rule, applies=applies), hint)
        yield from _dates(rule)
        if not rule.legal and rule.can_block:
            before, after = ("allow", "block") if rule.allow_unknown else ("block", "allow")
            yield Mutant(
                rule.id,
                rule.place,
                f"on_unknown: {before}",
                f"on_unknown: {after}",
                "add a test where this rule alone is unknown, and say the `verdict`",
                (replace(rule, allow_unknown=not rule.allow_unknown),),
                "judge",
            )

    def signal(self, signal: Signal) -> Iterator[Mutant]:
        for condition, when, hint in self._changed(signal.when):
            yield _of(signal, condition, replace(signal, when=when), hint)

    def pool(self, pool: Pool) -> Iterator[Mutant]:
        for condition, applies, hint in self._changed(pool.applies):
            changed = replace(pool, applies=applies)
            yield replace(_of(pool, condition, changed, hint), shows="allocate")
        for limit, hint in self._limits(pool.limit):
            changed = replace(pool, limit=limit)
            told = (pool.limit, f"limit: {limit.text}")
            yield replace(_of(pool, told, changed, hint), shows="allocate")
        for i, name in enumerate(pool.per):
            if len(pool.per) > 1:
                yield Mutant(
                    pool.id,
                    pool.place,
                    f"per: {', '.join(pool.per)}",
                    f"without per {name}",
                    f"add a `list` of candidates that differ in {name}",
                    (replace(pool, per=pool.per[:i] + pool.per[i + 1 :]),),
                    "allocate",
                )
        if pool.take_up is not None:
            yield Mutant(
                pool.id,
                pool.place,
                f"take_up: {pool.take_up}, risk: {pool.risk}",
                "without take_up",
                "add a `list` with more candidates than units, all of them allowed",
                (replace(pool, take_up=None, risk=None),),
                "allocate",
            )

    def _limits(self, limit: Condition) -> Iterator[tuple[Condition, str]]:
        hint = "add a `list` with as many candidates as there is room for, and one more"
        texts = [a.text for a in alterations(limit.text)]
        texts = [text for text in texts if not text.startswith("!")]
        if not limit.text.strip().isdigit():
            whole = limit.text if _SUM.fullmatch(limit.text) else f"({limit.text})"
            texts += [f"{whole} - 1", f"{whole} + 1"]
        for text in texts:
            found = self._parsed(text, limit)
            if found is not None:
                yield found, hint

    def _changed(
        self, conditions: Conditions
    ) -> Iterator[tuple[tuple[Condition, str], Conditions, str]]:
        """Each change of one of the lines, with the line and the name of the change."""
        for i, condition in enumerate(conditions):
            before, after = conditions[:i], conditions[i + 1 :]
            name = f"without {condition.text}"
            yield (condition, name), before + after, _ALONE.format(condition.text)
            for altered in alterations(condition.text):
                found = self._parsed(altered.text, condition)
                if found is not None:
                    yield (condition, found.text), (*before, found, *after), altered.hint

    def _parsed(self, text: str, original: Condition) -> Condition | None:
        """The text as a condition, unless it is refused or means what the original means."""
        found = parse_condition(text, original.place, self._vocabulary, original.tree.type)
        if isinstance(found, Diagnostic) or found.tree == original.tree:
            return None
        return found


def _of(
    part: Rule | Signal | Pool,
    told: tuple[Condition, str],
    changed: Rule | Signal | Pool,
    hint: str,
) -> Mutant:
    condition, name = told
    return Mutant(part.id, condition.place, condition.text, name, hint, (changed,))


def _dates(rule: Rule) -> Iterator[Mutant]:
    for key, day in (("from", rule.from_), ("until", rule.until)):
        for moved in _near(day) if day is not None else ():
            changed = replace(rule, from_=moved) if key == "from" else replace(rule, until=moved)
            first, second = sorted((day or moved, moved))
            hint = f"add a test with an `as_of` of {first} and one of {second}"
            yield Mutant(rule.id, rule.place, f"{key}: {day}", f"{key}: {moved}", hint, (changed,))


def _near(day: date) -> Iterator[date]:
    if day > date.min:
        yield day - _DAY
    if day < date.max:
        yield day + _DAY


def _decision(decision: Decision) -> Iterator[Mutant]:
    def made(before: str, after: str, hint: str, changed: Decision) -> Mutant:
        return Mutant(decision.id, decision.place, before, after, hint, (changed,), "judge")

    for rule in decision.waive:
        if len(decision.waive) > 1:
            left = tuple(name for name in decision.waive if name != rule)
            hint = f"add a test where {rule} fails and is waived, and expect it under `waived`"
            changed = replace(decision, waive=left)
            yield made(f"waive: {rule}", f"without waive {rule}", hint, changed)
    nothing = replace(decision, waive=(), propose=None, block=None, signal=None)
    hint = "add a test that only this decision turns, and say what it does in `expect`"
    yield made("", "without this decision", hint, nothing)
    for kind, name, given, note in _givens(decision.given):
        hint = f"add a test where all but {kind} {name} is given, and the decision does nothing"
        yield made(f"given {kind}: {name}", note, hint, replace(decision, given=given))
    if decision.given.at_least is not None:
        needed, most = decision.given.needed, _size(decision.given)
        for moved in (needed - 1, needed + 1):
            if 0 < moved <= most:
                hint = f"add a test where exactly {max(moved, needed) - 1} of them are given"
                changed = replace(decision, given=replace(decision.given, at_least=moved))
                yield made(f"at_least: {needed}", f"at_least: {moved}", hint, changed)


def _givens(given: Given) -> Iterator[tuple[str, str, Given, str]]:
    """One literal less, or passed instead of failed and the other way round."""

    def with_(kind: str, names: tuple[str, ...], base: Given = given) -> Given:
        if kind == "signal":
            return replace(base, signal=names)
        return replace(base, failed=names) if kind == "failed" else replace(base, passed=names)

    kinds = {"signal": given.signal, "failed": given.failed, "passed": given.passed}
    for kind, names in kinds.items():
        for name in names:
            left = with_(kind, tuple(n for n in names if n != name))
            if _size(left) >= (given.at_least or 1):
                yield kind, name, left, f"without given {kind} {name}"
            other = {"failed": "passed", "passed": "failed"}.get(kind)
            if other is not None and name not in kinds[other]:
                turned = with_(other, (*kinds[other], name), left)
                yield kind, name, turned, f"given {other} {name}"


def _size(given: Given) -> int:
    return len(given.signal) + len(given.failed) + len(given.passed)


def _orders(ruleset: Ruleset) -> Iterator[Mutant]:
    """Changes of the one queue; all pools have it, so it is told of the first."""
    order = ruleset.order
    hint = "add a `list` in which only this says who gets the last place"
    for i, one in enumerate(order):
        way, other = ("desc", "asc") if one.descending else ("asc", "desc")
        turned = (*order[:i], replace(one, descending=not one.descending), *order[i + 1 :])
        for name, changed in (
            (f"order: {one.by.text} {other}", turned),
            (f"without order {one.by.text}", order[:i] + order[i + 1 :]),
        ):
            pools = tuple(replace(pool, order=changed) for pool in ruleset.pools)
            first = ruleset.pools[0].id
            before = f"order: {one.by.text} {way}"
            yield Mutant(first, one.by.place, before, name, hint, pools, "allocate")
