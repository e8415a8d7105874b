"""The ways out that are told are exactly the shortest there are, found by trying everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.language.expression import CelType, Literal
from engine.language.ruleset import Condition, Decision, Outcome, Rule, Ruleset, Signal, Strength
from engine.screening.redecide import Truth, redecide
from engine.screening.way_out import MOST_WAYS, Change, ways_out
from tests.support.decisions import PLACE, decision, naively, rule, rulebook

TEXTS = [f"c{number}" for number in range(6)]
RULES = ["rule-a", "rule-b", "rule-c", "rule-d"]
SIGNALS = ["signal-s", "signal-t"]
DAY = date(2026, 3, 2)
unhurried = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def lines(texts: list[str]) -> tuple[Condition, ...]:
    return tuple(Condition(text, PLACE, Literal(CelType.BOOL, value=True)) for text in texts)


def some_texts(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(TEXTS), min_size=least, max_size=most, unique=True)


@st.composite
def some_rules(draw: st.DrawFn) -> list[Rule]:
    made = []
    for name in RULES:
        kind = draw(st.sampled_from(["", "", "", "warn", "shadow", "allow_unknown", "over"]))
        one = replace(
            rule(name),
            require=lines(draw(some_texts(1, 3))),
            applies=lines(draw(some_texts(0, 1))),
            until=date(2026, 1, 1) if kind == "over" else None,
            warn=kind == "warn",
            shadow=kind == "shadow",
            allow_unknown=kind == "allow_unknown",
        )
        made.append(one)
    return made


@st.composite
def some_decisions(draw: st.DrawFn) -> list[Decision]:
    made = []
    for number in range(draw(st.integers(0, 5))):
        failed = draw(st.lists(st.sampled_from(RULES), max_size=2, unique=True))
        passed = draw(st.lists(st.sampled_from(RULES), max_size=1))
        signal = draw(st.lists(st.sampled_from(SIGNALS), max_size=2, unique=True))
        if not failed + passed + signal:
            signal = [draw(st.sampled_from(SIGNALS))]
        total = len(failed) + len(passed) + len(signal)
        does = draw(st.sampled_from(["raise", "block", "waive", "waive", "propose"]))
        made.append(
            decision(
                f"decision-{number}",
                failed=failed, passed=passed, signal=signal,
                at_least=draw(st.none() | st.integers(1, total)),
                raises=draw(st.sampled_from(SIGNALS)) if does == "raise" else None,
                block=does == "block",
                waive=draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=3, unique=True))
                if does == "waive" else [],
                propose="BASIC" if does == "propose" else None,
            )
        )  # fmt: skip
    return made


@st.composite
def some_candidates(draw: st.DrawFn) -> tuple[Ruleset, dict[str, Truth]]:
    book = rulebook(draw(some_decisions()), draw(some_rules()))
    signals = tuple(Signal(name, lines(draw(some_texts(0, 2))), PLACE) for name in SIGNALS)
    holds = {text: draw(st.sampled_from([True, False, None])) for text in TEXTS}
    return replace(book, signals=signals), holds


def together(conditions: tuple[Condition, ...], holds: Mapping[str, Truth]) -> Truth:
    """Kleene's «and» as the smallest of false < unknown < true."""
    order: list[Truth] = [False, None, True]
    return order[min([2, *(order.index(holds[c.text]) for c in conditions)])]


def outcome(one: Rule, holds: Mapping[str, Truth]) -> Outcome:
    table: dict[tuple[Truth, Truth], Outcome] = {
        (True, True): Outcome.PASSED,
        (True, False): Outcome.FAILED,
        (None, True): Outcome.PASSED_IF_IT_APPLIES,
    }
    applies = together(one.applies, holds)
    if applies is False or not one.in_effect(DAY):
        return Outcome.NOT_APPLICABLE
    return table.get((applies, together(one.require, holds)), Outcome.UNKNOWN)


def reasons(book: Ruleset, holds: Mapping[str, Truth]) -> tuple[set[str], set[str]]:
    """Reasons, and the decisions that waive what would be one; by the oracle of decisions."""
    outcomes = {r.id: outcome(r, holds) for r in book.rules}
    sure = {True: Strength.CERTAIN, None: Strength.POSSIBLE, False: Strength.NO}
    own = {s.id: sure[together(s.when, holds)] if s.when else Strength.NO for s in book.signals}
    seen = {r.id: outcomes[r.id] for r in book.rules if not r.shadow}
    found = naively(book.decisions, seen, own)
    bad = {
        r.id
        for r in book.rules
        if not r.shadow
        and not r.warn
        and (
            outcomes[r.id] is Outcome.FAILED
            or (outcomes[r.id] is Outcome.UNKNOWN and not r.allow_unknown)
        )
    }
    waivers = {d.id for d in book.decisions if d.id in found.waivers and bad & set(d.waive)}
    return (bad - found.waived) | found.blocked, waivers


def changes(book: Ruleset, holds: Mapping[str, Truth], *, freely: bool) -> list[Change]:
    may: set[Change] = set()
    for one in book.rules:
        may |= {(c.text, True) for c in (*one.require, *one.applies)}
        may |= {(c.text, False) for c in one.applies if holds[c.text] is None}
        if freely:
            may |= {(c.text, False) for c in (*one.require, *one.applies)}
    for signal in book.signals:
        may |= {(c.text, to) for c in signal.when for to in (True, False)}
    return sorted(change for change in may if holds[change[0]] is not change[1])


def tried(book: Ruleset, holds: Mapping[str, Truth]) -> list[tuple[Change, ...]]:
    """Every shortest way, by trying all sets of changes from the smallest on."""
    for freely in (False, True):
        possible = changes(book, holds, freely=freely)
        for size in range(len(TEXTS) + 1):
            found = [c for c in _sets(possible, size) if not reasons(book, {**holds, **dict(c)})[0]]
            if found:
                return found
    return []


def _sets(possible: list[Change], size: int) -> Iterator[tuple[Change, ...]]:
    for chosen in combinations(possible, size):
        if len({text for text, _ in chosen}) == size:
            yield chosen


@unhurried
@given(some_candidates())
def test_judging_anew_finds_the_reasons_that_the_oracle_finds(
    case: tuple[Ruleset, dict[str, Truth]],
) -> None:
    book, holds = case
    found = redecide(book, holds, DAY)
    expected, waivers = reasons(book, holds)
    assert set(found.reasons) == expected
    assert {d for _, fired in found.waived for d in fired} == waivers


@unhurried
@given(some_candidates())
def test_the_ways_out_are_the_shortest_there_are(case: tuple[Ruleset, dict[str, Truth]]) -> None:
    book, holds = case
    expected = tried(book, holds)
    found = ways_out(book, holds, DAY)
    assert not found.given_up
    ways = [way.changes for way in found.shortest]
    assert len(ways) == min(MOST_WAYS, len(expected))
    assert set(ways) <= set(expected)
    assert len(set(ways)) == len(ways)


@unhurried
@given(some_candidates())
def test_the_way_without_a_waiver_is_the_shortest_when_no_further_decision_waives(
    case: tuple[Ruleset, dict[str, Truth]],
) -> None:
    book, holds = case
    _, lifting = reasons(book, holds)
    kept = tuple(d for d in book.decisions if not d.waive or d.id in lifting)
    expected = tried(replace(book, decisions=kept), holds)
    found = ways_out(book, holds, DAY).without_waivers
    assert {len(way.changes) for way in found} == {len(way) for way in expected[:1]}
    assert {way.changes for way in found} <= set(expected)
    assert not any(way.waived_by for way in found)


def test_a_way_out_counts_the_rules_that_nobody_would_waive_any_more() -> None:
    waiver = decision("decision-0", failed=["rule-b"], waive=["rule-a"])
    rules = [
        replace(rule("rule-a"), require=lines(["c5"])),
        replace(rule("rule-b"), require=lines(["c0"])),
    ]
    book = rulebook([waiver], rules)
    holds: dict[str, Truth] = {"c0": False, "c5": False}
    # As soon as rule-b holds, nothing lifts rule-a.
    (way,) = ways_out(book, holds, DAY).shortest
    assert way.changes == (("c0", True), ("c5", True))
