"""Rules that make others needless, and rules that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from engine.language.lint.asker import Asker
from engine.language.lint.claims import Claim, Every, No, all_true, blocks, facts_of, passed
from engine.language.lint.findings import Finding, finding
from engine.language.ruleset import Rule, Ruleset


def check_pairs(ruleset: Ruleset, rules: Sequence[Rule], asker: Asker) -> Iterator[Finding]:
    """Implied rules and rules that nobody passes together, among rules that can block.

    `rules` are those not over yet whose own conditions are in order.
    """
    pairs = _Pairs(ruleset, [r for r in rules if r.can_block], asker)
    yield from pairs.implied()
    yield from pairs.exclusive()


def check_everyone(rules: Sequence[Rule], asker: Asker) -> Iterator[Finding]:
    """Whether there is anyone whom all of the rules, those in force, let through."""
    blocking = [r for r in rules if r.can_block]
    if len(blocking) < 3:  # two rules are a pair, and one is itself
        return
    nobody = Every(tuple(No(blocks(r)) for r in blocking))
    if asker.impossible(nobody, blocking[0].place, "is there anyone whom no rule blocks?"):
        needed = _core(blocking, asker)
        names = ", ".join(f"`{r.id}`" for r in needed)
        yield finding(
            needed[0].place,
            "lint-nobody-passes",
            f"nobody passes all of these rules: {names}",
            "any candidate is blocked by one of them: look for two that want the opposite",
        )


def _core(rules: Sequence[Rule], asker: Asker) -> list[Rule]:
    """Fewer rules that nobody passes, none of which can be spared (as far as can be told)."""
    needed = list(rules)
    for rule in rules:
        fewer = [r for r in needed if r is not rule]
        claim = Every(tuple(No(blocks(r)) for r in fewer))
        if fewer and asker.proven_impossible(claim):
            needed = fewer
    return needed


class _Pairs:
    def __init__(self, ruleset: Ruleset, rules: Sequence[Rule], asker: Asker) -> None:
        self._rules = rules
        self._asker = asker
        self._blocks = {r.id: blocks(r) for r in rules}
        self._passes = {r.id: passed(r) for r in rules}
        self._facts = {r.id: facts_of([blocks(r)]) for r in rules}
        # Among the made-up candidates: who is blocked by a rule, who is not, who passes it.
        self._blocked = {r.id: asker.table.holds(self._blocks[r.id]) for r in rules}
        self._passing = {r.id: asker.table.holds(self._passes[r.id])[0] for r in rules}
        self._read = {
            name for d in ruleset.decisions for name in (*d.given.failed, *d.given.passed)
        }
        self._waivers = {
            r.id: frozenset(d.id for d in ruleset.decisions if r.id in d.waive) for r in rules
        }
        self._said: set[frozenset[str]] = set()

    def _related(self, first: Rule, second: Rule) -> bool:
        """Rules about different facts neither imply nor exclude each other."""
        if first is second or self._facts[first.id].isdisjoint(self._facts[second.id]):
            return False
        return frozenset((first.id, second.id)) not in self._said

    def implied(self) -> Iterator[Finding]:
        for rule in self._rules:
            # A rule that a decision reads has a use of its own.
            if rule.id not in self._read:
                yield from self._implied(rule)

    def _implied(self, rule: Rule) -> Iterator[Finding]:
        for other in self._rules:
            if not self._related(rule, other) or not self._stands_in(other, rule):
                continue
            if self._blocked[rule.id][0] & self._blocked[other.id][1]:
                self._asker.by_example += 1
                continue
            alone = Every((self._blocks[rule.id], No(self._blocks[other.id])))
            question = f"can `{rule.id}` block without `{other.id}`?"
            if self._asker.impossible(alone, rule.place, question):
                self._said.add(frozenset((rule.id, other.id)))
                yield finding(
                    rule.place,
                    "lint-implied",
                    f"`{rule.id}` never blocks alone: `{other.id}` blocks all that it blocks",
                    "delete one of them, or make this one stricter",
                    self._asker.example(self._blocks[rule.id]),
                )
                return

    def _stands_in(self, other: Rule, rule: Rule) -> bool:
        """Whether `other` is in force whenever `rule` is, and never waived without it."""
        return (
            self._waivers[other.id] <= self._waivers[rule.id]
            and (other.from_ or date.min) <= max(rule.from_ or date.min, self._asker.day)
            and (other.until or date.max) >= (rule.until or date.max)
        )

    def exclusive(self) -> Iterator[Finding]:
        for i, first in enumerate(self._rules):
            for second in self._rules[i + 1 :]:
                if not self._related(first, second) or not _overlap(first, second):
                    continue
                if self._passing[first.id] & self._passing[second.id]:
                    self._asker.by_example += 1
                else:
                    yield from self._exclude(first, second)

    def _exclude(self, first: Rule, second: Rule) -> Iterator[Finding]:
        asker = self._asker
        one, other = self._passes[first.id], self._passes[second.id]
        # Rules that never apply to one candidate, or of which one spares nobody to whom the
        # other applies, do not contradict each other: they divide the candidates.
        needed: tuple[Claim, ...] = (
            Every((all_true(first.applies), all_true(second.applies))),
            Every((one, all_true(second.applies))),
            Every((other, all_true(first.applies))),
        )
        if asker.example(needed[0]) is None:
            return
        both, question = Every((one, other)), f"can anyone pass `{first.id}` and `{second.id}`?"
        if asker.settled_by_example(both, second.place, question):
            return
        if any(asker.example(claim) is None for claim in needed[1:]):
            return
        if asker.impossible(both, second.place, question):
            yield finding(
                second.place,
                "lint-never-together",
                f"nobody can pass both `{second.id}` and `{first.id}`",
                f"who passes `{first.id}` is blocked here",
                asker.example(needed[1]),
            )


def _overlap(first: Rule, second: Rule) -> bool:
    """Whether there is a day on which both are in force."""
    begins = max(first.from_ or date.min, second.from_ or date.min)
    return begins <= min(first.until or date.max, second.until or date.max)
