"""Made-up candidates: which of them does a claim hold for?

Most questions are answered by an example, and an example costs no solver. Values are taken from
what the conditions compare with, from just beside it, and from the tests of the rule authors.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import cast
from zoneinfo import ZoneInfo

from engine.language.expression import CelType, Clock, Expression, Fact, Has, Literal
from engine.language.lint.claims import Claim, Every, Is, No, Some, facts_of, trees_of
from engine.language.lint.evaluate import (
    CANT_TELL,
    INT_LIMITS,
    MOMENT_LIMITS,
    Candidate,
    FactValue,
    Missing,
    evaluator,
)
from engine.language.lint.moments import microseconds, midnight_before
from engine.language.lint.tried import Tried
from engine.language.text import in_zone, midnight
from engine.language.vocabulary import BUILT_IN, FactDeclaration, FactType, Vocabulary

_HOUR = 3_600_000_000
_LONGEST_TEXT = 100
_LARGE = 1_000_000
_CASES, _ROWS, _TARGETED = 150, 400, 256
_BUILT_IN = frozenset(f.name for f in BUILT_IN)


class Table:
    """Some candidates; for each claim, the set of those for whom it holds, as bits of an int."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = candidates
        self._all = (1 << len(candidates)) - 1
        self._worth: dict[tuple[Expression, bool], tuple[int, int]] = {}

    def example(self, claim: Claim) -> Candidate | None:
        """The first candidate for whom the claim certainly holds."""
        holds, _ = self.holds(claim)
        return self._candidates[(holds & -holds).bit_length() - 1] if holds else None

    def examples(self, claim: Claim) -> list[Candidate]:
        """Every candidate for whom the claim certainly holds."""
        holds, _ = self.holds(claim)
        return [c for i, c in enumerate(self._candidates) if holds >> i & 1]

    def holds(self, claim: Claim) -> tuple[int, int]:
        """Those for whom the claim certainly holds, and those for whom it certainly does not."""
        match claim:
            case Is(tree=tree, truth=truth):
                return self._is(tree, truth=truth)
            case No(claim=inner):
                yes, no = self.holds(inner)
                return no, yes
            case Every(claims=claims):
                found = [self.holds(one) for one in claims]
                return (
                    reduce(int.__and__, (yes for yes, _ in found), self._all),
                    reduce(int.__or__, (no for _, no in found), 0),
                )
            case Some(claims=claims, least=least):
                found = [self.holds(one) for one in claims]
                refuted = _at_least(len(claims) - least + 1, [no for _, no in found], self._all)
                return _at_least(least, [yes for yes, _ in found], self._all), refuted

    def _is(self, tree: Expression, *, truth: bool) -> tuple[int, int]:
        if (tree, truth) not in self._worth:
            value = evaluator(tree)
            yes = no = unsure = 0
            for i, candidate in enumerate(self._candidates):
                found = value(candidate)
                if found is True:
                    yes |= 1 << i
                elif found is False:
                    no |= 1 << i
                elif found is CANT_TELL:
                    unsure |= 1 << i
            self._worth[tree, True] = yes, self._all & ~(yes | unsure)
            self._worth[tree, False] = no, self._all & ~(no | unsure)
        return self._worth[tree, truth]


def _at_least(least: int, sets: Sequence[int], everyone: int) -> int:
    """Members of at least so many of the sets."""
    in_so_many = [everyone, *([0] * max(least, 0))]
    for one in sets:
        for n in range(len(in_so_many) - 1, 0, -1):
            in_so_many[n] |= in_so_many[n - 1] & one
    return in_so_many[-1]


class Sampler:
    """Makes candidates; the same for the same rulebook, tests and clock."""

    def __init__(self, vocabulary: Vocabulary, now: datetime, zone: ZoneInfo) -> None:
        self._vocabulary = vocabulary
        self._zone = zone
        self._now = microseconds(now)
        self._today = microseconds(midnight(now, zone))
        self._day = now.astimezone(zone).date()
        self._seen: dict[str, list[FactValue]] = {}
        self._cases: list[Candidate] = []

    def learn(self, cases: Iterable[Tried]) -> None:
        """Take candidates, and values for others, from rule authors' tests.

        Tests have clocks of their own: theirs are put forward, by whole weeks, to the given day
        or just after it, and all their dates with them.
        """
        for case in itertools.islice(cases, _CASES):
            days = (self._day - case.as_of.astimezone(self._zone).date()).days
            weeks = timedelta(weeks=max(0, -(-days // 7)))
            facts: dict[str, FactValue] = {}
            for name, value in case.facts.items():
                if value is None or name not in self._vocabulary:
                    continue
                facts[name] = self._held(value, weeks)
                seen = self._seen.setdefault(name, [])
                if facts[name] not in seen:
                    seen.append(facts[name])
            facts |= dict.fromkeys(case.unknown, Missing.UNKNOWN)
            for fact in BUILT_IN:
                if isinstance(facts.get(fact.name, Missing.ABSENT), Missing):
                    facts[fact.name] = self._default(fact)[0]
            now = self._later(case.as_of, weeks)
            self._cases.append(
                Candidate(facts, microseconds(now), microseconds(midnight(now, self._zone)))
            )

    def _held(self, value: object, weeks: timedelta) -> FactValue:
        """A value of a test as conditions see it."""
        if isinstance(value, datetime):
            return microseconds(self._later(value, weeks))
        return tuple(value) if isinstance(value, list) else cast("FactValue", value)

    def _later(self, moment: datetime, weeks: timedelta) -> datetime:
        """So many weeks later, at the same time of day."""
        try:
            shown = moment.astimezone(self._zone).replace(tzinfo=None) + weeks
            return in_zone(shown, self._zone) if weeks else moment
        except OverflowError:
            return moment

    def table(self, claims: Sequence[Claim]) -> Table:
        """Candidates for many claims at once."""
        pools = self._pools(claims)
        rng = random.Random(0)  # noqa: S311 - examples, not secrets, and the same every time
        made: list[dict[str, FactValue]] = []
        while len(self._cases) + len(made) < _ROWS:
            base = dict(rng.choice(self._cases).facts) if self._cases and rng.random() < 0.5 else {}
            changed = rng.sample(sorted(pools), min(3, len(pools))) if base else pools
            made.append({**base, **{n: self._pick(rng, n, pools[n]) for n in changed}})
        # The likeliest candidate is the best example: one of whom everything is known.
        made.sort(key=lambda facts: _strangeness(facts.values()))
        return Table([*self._cases, *map(self._candidate, made)])

    def ordinary(self, name: str) -> FactValue:
        """Some value that a fact may have."""
        return (self._seen.get(name) or self._default(self._vocabulary[name]))[0]

    def of(self, facts: Iterable[dict[str, FactValue]]) -> Table:
        """Candidates with these facts, at the given clock."""
        return Table([self._candidate(one) for one in facts])

    def targeted(self, claim: Claim) -> Table:
        """Candidates for one claim: every combination of its values if there are few."""
        pools = self._pools([claim])
        names = sorted(pools)
        choices = [[*pools[n], *([] if n in _BUILT_IN else Missing)] for n in names]
        combinations = 1
        for choice in choices:
            combinations *= len(choice)
        if combinations <= 4 * _TARGETED:
            rows = [dict(zip(names, row, strict=True)) for row in itertools.product(*choices)]
        else:
            rng = random.Random(1)  # noqa: S311 - as above
            rows = [{n: self._pick(rng, n, pools[n]) for n in names} for _ in range(_TARGETED)]
        return self.of(rows)

    def _candidate(self, facts: dict[str, FactValue]) -> Candidate:
        return Candidate(facts, self._now, self._today)

    def _pick(self, rng: random.Random, name: str, pool: Sequence[FactValue]) -> FactValue:
        if name not in _BUILT_IN and rng.random() < 0.15:
            return rng.choice(list(Missing))
        return rng.choice(pool)

    def _pools(self, claims: Sequence[Claim]) -> dict[str, list[FactValue]]:
        """Values worth trying for each fact that the claims speak of."""
        pools = {name: list(self._seen.get(name, ())) for name in sorted(facts_of(claims))}
        beside: dict[str, dict[FactValue, None]] = {name: {} for name in pools}
        for tree in dict.fromkeys(t for claim in claims for t in trees_of(claim)):
            near = self._values(tree)
            for name in tree.facts():
                fact = self._vocabulary[name]
                beside[name] |= dict.fromkeys(near.get(fact.type.cel, ()))
        for name, found in beside.items():
            fact = self._vocabulary[name]
            values: list[FactValue] = [*found, *self._default(fact)]
            if fact.type is FactType.DATE:
                values = [d for v in values for d in self._days(v)]
            pools[name] = list(dict.fromkeys([*pools[name], *values]))
        return pools

    def _days(self, value: FactValue) -> list[FactValue]:
        try:
            day = midnight_before(int(value), self._zone)  # type: ignore[arg-type]
            beside = (day - 12 * _HOUR, day + 36 * _HOUR)
            return [day, *(midnight_before(m, self._zone) for m in beside)]
        except (OverflowError, ValueError):
            return []

    def _values(self, tree: Expression) -> dict[CelType, list[FactValue]]:
        """What a condition compares with, and what is just beside it, by type."""
        nodes = list(tree.walk())
        literals = {
            k: [n.value for n in nodes if isinstance(n, Literal) and n.type is k] for k in CelType
        }
        numbers = [*literals[CelType.INT], *literals[CelType.DOUBLE]]
        whole = [i for n in numbers for i in (int(n) - 1, int(n), int(n) + 1)]
        decimal = [d for n in numbers for d in (float(n), float(n) - 0.5, float(n) + 0.5)]
        words = [str(w) for w in literals[CelType.STRING]]
        names = [n.name for n in nodes if isinstance(n, (Fact, Has))]
        seen = [v for name in names for v in self._seen.get(name, ())]
        words += [v for v in seen if isinstance(v, str)]
        texts = [t for w in words for t in (w, f"{w}x", f"x{w}")]
        texts += ["x" * n for n in whole if 0 < n <= _LONGEST_TEXT]
        lengths = [int(d) for d in literals[CelType.DURATION]]
        starts = [self._now, self._today, *(int(t) for t in literals[CelType.TIMESTAMP])]
        if not any(isinstance(n, Clock) for n in nodes):
            starts.reverse()
        moments = [
            m + e for s in starts for d in (0, *lengths) for m in (s + d, s - d) for e in (0, -1, 1)
        ]
        all_of_them: list[FactValue] = [tuple(dict.fromkeys(words))] if words else []
        return {
            CelType.INT: [i for i in whole if INT_LIMITS[0] <= i <= INT_LIMITS[1]],
            CelType.DOUBLE: list(decimal),
            CelType.STRING: list(texts),
            CelType.TIMESTAMP: [m for m in moments if MOMENT_LIMITS[0] <= m <= MOMENT_LIMITS[1]],
            CelType.LIST_STRING: [(w,) for w in words] + all_of_them,
        }

    def _default(self, fact: FactDeclaration) -> list[FactValue]:
        moments = [self._now, self._today, self._now - 24 * _HOUR, self._now + 24 * _HOUR]
        values: dict[CelType, list[FactValue]] = {
            CelType.INT: [0, 1, 2, -1, 100, _LARGE, -_LARGE],
            CelType.DOUBLE: [0.0, 1.0, 2.0, -1.0, 100.0, float(_LARGE), float(-_LARGE)],
            CelType.STRING: ["A", "B"],
            CelType.BOOL: [True, False],
            CelType.TIMESTAMP: [*moments, self._now - 8760 * _HOUR],
            CelType.LIST_STRING: [("A",), ("A", "B")],
        }
        return values.get(fact.type.cel, [])


def _strangeness(facts: Iterable[FactValue]) -> tuple[int, int]:
    values = list(facts)
    return values.count(Missing.UNKNOWN), values.count(Missing.ABSENT)
