"""Changes of a rulebook that no test notices.

Every change is tried on every case at once: what it makes of a case is laid beside what others
make of theirs, as lists that share no pool, and judged and settled together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.language.cases import Case
from engine.language.mutants import Mutant
from engine.language.ruleset import Decision, Rule, Ruleset, Signal
from engine.screening.bench import Row, Stack
from engine.screening.expected import mismatches
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column, decision_column
from engine.screening.match import rule_column, signal_column
from engine.screening.trial import Seen, Trial, seen_in

Changes = Mapping[int, Row]
"""What a mutant makes of rows of the bench: by their number, the columns that are different."""
_FIRST_CASES = 8
_AT_ONCE = 400


@dataclass(frozen=True)
class Survivor:
    """A change that no test notices; `seen_by` is a case that it makes a difference to, if any."""

    mutant: Mutant
    seen_by: Case | None


def survivors(trial: Trial, mutants: Sequence[Mutant]) -> list[Survivor]:
    """The mutants under which every test of the trial passes; they must all pass without.

    In the order of `mutants`.
    """
    check = _Check(trial)
    at = {kind: [m for m in mutants if m.shows == kind] for kind in ("match", "judge", "allocate")}
    for first in range(0, len(at["match"]), _AT_ONCE):
        outcomes = check.outcomes(at["match"][first : first + _AT_ONCE])
        # Some cases are enough to notice most changes; only the others need all of theirs.
        for most in (_FIRST_CASES, None):
            left = [(m, changes) for m, changes in outcomes if m not in check.killed]
            check.settle(check.judged(check.stacked(left, trial.matched, most)))
    flags = check.flags([m for m in at["judge"] if isinstance(m.changed[0], Rule)])
    decisions = [(m, check.decision(m)) for m in at["judge"] if isinstance(m.changed[0], Decision)]
    check.settle(check.stacked([*flags, *decisions], trial.judged))
    nothing: Changes = {n: {} for n in trial.bench.stack.of}
    for mutant in at["allocate"]:
        pools = mutant.variant(trial.bench.ruleset)
        check.settle(check.stacked([(mutant, nothing)], trial.judged), pools)
    return [Survivor(m, check.seen_by.get(m)) for m in mutants if m not in check.killed]


@dataclass(frozen=True)
class _Stacked:
    """One row of a case as a mutant makes it."""

    mutant: Mutant
    of: int
    row: Row


class _Check:
    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._bench = trial.bench
        self._ruleset = trial.bench.ruleset
        self._rows_of: dict[str, list[int]] = defaultdict(list)
        for row, name in zip(self._bench.stack.of, self._bench.stack.lists, strict=True):
            self._rows_of[name].append(row)
        self.killed: set[Mutant] = set()
        self.seen_by: dict[Mutant, Case] = {}

    def outcomes(self, mutants: Sequence[Mutant]) -> list[tuple[Mutant, Changes]]:
        """Conditions and dates: whatever changes an outcome or a signal."""
        columns, rules, signals = [], [], []
        for number, mutant in enumerate(mutants):
            part, name = mutant.changed[0], f"mutant {number}"
            if isinstance(part, Rule):
                rules.append(replace(part, id=name))
                columns.append((rule_column(part.id), rule_column(name)))
            elif isinstance(part, Signal):
                signals.append(replace(part, id=name))
                columns.append((signal_column(part.id), signal_column(name)))
        found = self._bench.matched(rules, signals)
        return [
            (mutant, self._seen(mutant, _differing(self._trial.matched, found, old, new)))
            for mutant, (old, new) in zip(mutants, columns, strict=True)
        ]

    def _seen(self, mutant: Mutant, changes: Changes) -> Changes:
        """What is changed of the cases that look at the changed part."""
        return {n: row for n, row in changes.items() if self._bench.sees(n, mutant.part)}

    def flags(self, mutants: Sequence[Mutant]) -> list[tuple[Mutant, Changes]]:
        """Keys of rules that change what their outcome does: each as one more rule beside it."""
        of = {f"mutant {number}": mutant.part for number, mutant in enumerate(mutants)}
        rules = [
            replace(part, id=name)
            for name, mutant in zip(of, mutants, strict=True)
            for part in mutant.changed
            if isinstance(part, Rule)
        ]
        decisions = [
            replace(d, waive=(*d.waive, *(name for name, part in of.items() if part in d.waive)))
            for d in self._ruleset.decisions
        ]
        ruleset = replace(
            self._ruleset,
            rules=(*self._ruleset.rules, *rules),
            decisions=tuple(decisions),
        )
        matched = [
            {**row, **{rule_column(name): row[rule_column(part)] for name, part in of.items()}}
            for row in self._trial.matched
        ]
        found = self._bench.judged(ruleset, matched)
        return [
            (
                mutant,
                _differing(self._trial.judged, found, blocks_column(part), blocks_column(name)),
            )
            for mutant, (name, part) in zip(mutants, of.items(), strict=True)
        ]

    def decision(self, mutant: Mutant) -> Changes:
        """A decision, by a judgement of its own, of the rules that decisions speak of."""
        variant = mutant.variant(self._ruleset)
        named = {
            name
            for d in (*self._ruleset.decisions, *variant.decisions)
            for name in (*d.given.failed, *d.given.passed, *d.waive)
        }
        concerned = tuple(rule for rule in variant.rules if rule.id in named)
        found = self._bench.judged(replace(variant, rules=concerned), self._trial.matched)
        fired, blocks = decision_column(mutant.part), blocks_column(mutant.part)
        return {
            n: {blocks: False, **own}
            for n, (row, own) in enumerate(zip(self._trial.judged, found, strict=True))
            if row[fired] or any(row.get(name) != value for name, value in own.items())
        }

    def judged(self, stacked: Sequence[_Stacked]) -> list[_Stacked]:
        """Rows of outcomes with what the decisions make of them."""
        rows = [{**one.row, ROW: number} for number, one in enumerate(stacked)]
        found = self._bench.judged(self._ruleset, rows) if rows else []
        return [replace(one, row=row) for one, row in zip(stacked, found, strict=True)]

    def stacked(
        self,
        changed: Iterable[tuple[Mutant, Changes]],
        rows: Sequence[Row],
        most: int | None = None,
    ) -> list[_Stacked]:
        """The rows of the cases that mutants change, as they make them; of `most` cases each.

        Cases that speak of the changed part come first.
        """
        found = []
        for mutant, changes in changed:
            names = list(dict.fromkeys(self._bench.stack.lists[n] for n in changes))
            names.sort(key=lambda name: not self._speaks(name, mutant.part))
            found += [
                _Stacked(mutant, n, {**rows[n], **changes.get(n, {})})
                for name in names[:most]
                for n in self._rows_of[name]
            ]
        return found

    def settle(self, stacked: Sequence[_Stacked], ruleset: Ruleset | None = None) -> None:
        """Grant room, and see what the tests make of it; `ruleset` has other pools, if given."""
        if not stacked:
            return
        lists = [f"{id(one.mutant)} {self._bench.stack.lists[one.of]}" for one in stacked]
        rows = [{**one.row, ROW: number} for number, one in enumerate(stacked)]
        stack = Stack([one.of for one in stacked], lists)
        settled = self._bench.settled(ruleset or self._ruleset, rows, stack)
        variants = {one.mutant: one.mutant.variant(self._ruleset) for one in stacked}
        for one, row in zip(stacked, settled, strict=True):
            if one.mutant not in self.killed:
                self._compare(one, row, variants[one.mutant])

    def _compare(self, one: _Stacked, row: Row, variant: Ruleset) -> None:
        case, candidate = self._bench.candidates[one.of]
        before = self._trial.seen[one.of]
        seen = _still_says(seen_in(variant, row, {}), before)
        if next(mismatches(variant, candidate.expect, seen), None) is not None:
            self.killed.add(one.mutant)
        elif seen != replace(before, lines={}):
            self.seen_by.setdefault(one.mutant, case)

    def _speaks(self, name: str, part: str) -> bool:
        expectations = (self._bench.candidates[n][1].expect for n in self._rows_of[name])
        return any(part in ids for one in expectations for ids in one.rule_names().values())


def _differing(rows: Sequence[Row], found: Sequence[Row], old: str, new: str) -> Changes:
    """Where the column `new` of `found` is not what `old` of `rows` is."""
    pairs = enumerate(zip(rows, found, strict=True))
    return {n: {old: other[new]} for n, (row, other) in pairs if other[new] != row[old]}


def _still_says(seen: Seen, before: Seen) -> Seen:
    """With the sentences of the reasons that stayed: they are made of facts and the outcome."""
    kept = {
        part: sentence
        for part, sentence in before.says.items()
        if part in seen.reasons and seen.outcomes.get(part) == before.outcomes.get(part)
    }
    return replace(seen, says=kept)
