"""Puts questions about candidates: an example answers one, a proof another, the rest stay open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.diagnostics import Place
from engine.language.lint.claims import Claim, Every, facts_of
from engine.language.lint.evaluate import Candidate
from engine.language.lint.findings import Example, Open, Settled, example_of
from engine.language.lint.finite import combinations
from engine.language.lint.samples import Sampler, Table
from engine.language.lint.tried import Tried
from engine.language.vocabulary import Vocabulary

Solve = Callable[[Claim], Candidate | str | None]
"""A candidate for whom a claim holds, None where it is proven that there is none, or why it
can't tell."""


_TWO = 2
_OPEN = "open"
# So many candidates are tried before a solver is asked, or because there is none.
_FEW, _MOST = 250, 4000


class Asker:
    """Asks whether there is a candidate for whom a claim holds; remembers every answer.

    `claims` are those that most questions will be made of. Without `solve`, what no example
    answers stays open.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        now: datetime,
        zone: ZoneInfo,
        cases: Iterable[Tried],
        claims: Sequence[Claim],
        solve: Solve | None,
    ) -> None:
        self._vocabulary = vocabulary
        self._zone = zone
        self._solve = solve
        self._sampler = Sampler(vocabulary, now, zone)
        self._sampler.learn(cases)
        self.table: Table = self._sampler.table(claims)
        self.day = now.astimezone(zone).date()
        self.settled: list[Settled] = []
        self.open: list[Open] = []
        self.by_example = 0
        self.proven = 0
        self._answers: dict[Claim, Candidate | str | None] = {}
        self._holding: dict[Claim, list[Candidate]] = {}

    def impossible(self, claim: Claim, place: Place, question: str) -> bool:
        """Whether it is proven that the claim holds for nobody, from the given day on.

        `question` says what is asked, as in «can … be true?», for those who want to see all.
        """
        answer = self._answer(claim)
        if isinstance(answer, Candidate):
            self.by_example += 1
            self.settled.append(Settled(place, question, self._example(answer, claim)))
        elif answer is None:
            self.proven += 1
        else:
            self.open.append(Open(place, question, answer))
        return answer is None

    def proven_impossible(self, claim: Claim) -> bool:
        """The same for a question that is part of another, and is not counted."""
        return self._answer(claim) is None

    def settled_by_example(self, claim: Claim, place: Place, question: str) -> bool:
        """Whether a candidate for whom the claim holds is at hand, without asking the solver."""
        if claim not in self._answers:
            tried = self._tried(claim)
            found = self._found(claim) if tried is _OPEN else tried
            if found is not None or tried is None:
                self._answers[claim] = found
        return isinstance(self._answers.get(claim), Candidate) and not self.impossible(
            claim, place, question
        )

    def example(self, claim: Claim) -> Example | None:
        """A candidate for whom the claim holds, in words; None if none was found."""
        answer = self._answer(claim)
        return self._example(answer, claim) if isinstance(answer, Candidate) else None

    def _example(self, candidate: Candidate, claim: Claim) -> Example:
        return example_of(candidate, facts_of([claim]), self._vocabulary, self._zone)

    def _answer(self, claim: Claim) -> Candidate | str | None:
        if claim not in self._answers:
            tried = self._tried(claim)
            self._answers[claim] = tried if tried is not _OPEN else self._searched(claim)
        return self._answers[claim]

    def _tried(self, claim: Claim) -> Candidate | str | None:
        """The answer if trying out a few candidates gives it, _OPEN if not."""
        found = self.table.example(claim)
        if found is not None:
            return found
        most = _MOST if self._solve is None else _FEW
        facts = combinations(claim, self._sampler.ordinary, most)
        return _OPEN if facts is None else self._sampler.of(facts).example(claim)

    def _searched(self, claim: Claim) -> Candidate | str | None:
        return self._found(claim) or self._proof(claim)

    def _proof(self, claim: Claim) -> Candidate | str | None:
        return self._solve(claim) if self._solve else "not proven"

    def _found(self, claim: Claim) -> Candidate | None:
        if isinstance(claim, Every) and len(claim.claims) == _TWO:
            found = self._merged(*claim.claims)
            if found is not None or self._solve is not None:
                return found  # the solver is quicker than luck where several things must agree
        return self._sampler.targeted(claim).example(claim)

    def _merged(self, first: Claim, second: Claim) -> Candidate | None:
        """A candidate for the one and a candidate for the other, who agree where they must."""
        mine, theirs = facts_of([first]), facts_of([second])
        shared = sorted(mine & theirs)

        def agreed(candidate: Candidate) -> tuple[object, ...]:
            facts = (candidate.facts.get(name) for name in shared)
            return candidate.now, candidate.today, *facts

        known = {agreed(c): c for c in reversed(self._some(first))}
        for candidate in self._some(second):
            other = known.get(agreed(candidate))
            if other is not None:
                facts = {n: v for n, v in other.facts.items() if n in mine}
                facts |= {n: v for n, v in candidate.facts.items() if n in theirs}
                return Candidate(facts, candidate.now, candidate.today)
        return None

    def _some(self, claim: Claim) -> list[Candidate]:
        """Candidates for whom the claim holds."""
        if claim not in self._holding:
            targeted = self._sampler.targeted(claim)
            self._holding[claim] = [*self.table.examples(claim), *targeted.examples(claim)]
        return self._holding[claim]
