"""What the solver claims of conditions, held against the engine."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.language.lint.claims import Claim, Every, Is, No, Some
from engine.language.lint.evaluate import Candidate
from engine.language.lint.solver import Solver
from tests.oracle.states import Fact
from tests.support.columns import in_columns, tree_of, vocabulary_of
from tests.support.made_up import accepted, clock_of, row_of
from tests.support.strategies import AS_OF, ZONES, clock, conditions, states, vocabularies
from tests.support.strategies_draws import pick

pytest.importorskip("z3")

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
TYPES = {
    **dict.fromkeys(("c.n", "c.m"), "integer"),
    **dict.fromkeys(("c.x", "c.y"), "number"),
    **dict.fromkeys(("c.s", "c.r"), "string"),
    **dict.fromkeys(("c.b", "c.k"), "boolean"),
    **dict.fromkeys(("c.t", "c.u"), "timestamp"),
    "c.day": "date",
    "c.list": "list<string>",
}
ROME = ZoneInfo("Europe/Rome")
Example = tuple[dict[str, str], str, str, list[dict[str, Fact]]]


def ask(text: str, *, truth: bool, seconds: float = 5.0) -> Candidate | str | None:
    solve = Solver(vocabulary_of(TYPES), AS_OF, ROME, seconds)
    return solve(Is(tree_of(text, TYPES), truth))


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """A condition with a contradiction or a tautology in it, as likely as not, and facts."""
    vocabulary = draw(vocabularies())
    zone = pick(draw, ZONES)
    one, other = (draw(conditions(vocabulary, depth)) for depth in (2, 1))
    text = pick(
        draw,
        (
            one,
            f"({one}) && ({other})",
            f"({one}) && !({one})",
            f"({one}) && ({other}) && !({one})",
            f"({one}) || ({other}) || !({one})",
            f"({other}) ? ({one}) : !({one})",
            f"(({one}) ? ({other}) : false) && !({other})",
        ),
    )
    assume(accepted(text, vocabulary))
    return vocabulary, zone, text, [draw(states(vocabulary, zone)) for _ in range(12)]


def lies(example: Example) -> list[object]:
    """Claims about a condition that the engine does not bear out."""
    vocabulary, zone, text, rows = example
    tree = tree_of(text, vocabulary)
    solve = Solver(vocabulary_of(vocabulary), AS_OF, ZoneInfo(zone), 0.3)
    unknown: Claim = Every((No(Is(tree, truth=True)), No(Is(tree, truth=False))))
    claims = {True: Is(tree, truth=True), False: Is(tree, truth=False), None: unknown}
    found = {wanted: solve(claim) for wanted, claim in claims.items()}
    examples = {w: c for w, c in found.items() if isinstance(c, Candidate)}
    wrong: list[object] = []
    for at in {clock(zone), *map(clock_of, examples.values())}:
        shown = {w: row_of(c, vocabulary) for w, c in examples.items() if clock_of(c) == at}
        tried = rows if at == clock(zone) else []
        answers = [a[0] for a in in_columns([text], vocabulary, [*shown.values(), *tried], at)]
        for wanted, row, answer in zip(shown, shown.values(), answers, strict=False):
            if answer is not wanted:
                wrong.append(("no example", wanted, text, row, answer))
        for row, answer in zip(tried, answers[len(shown) :], strict=True):
            if found[answer] is None:
                wrong.append(("not impossible", answer, text, row))
    return wrong


@settings(QUICK, max_examples=12)
@given(examples())
@pytest.mark.slow
def test_what_is_claimed_of_a_condition_the_engine_bears_out(example: Example) -> None:
    assert lies(example) == []


@pytest.mark.soak
@settings(QUICK, max_examples=1000)
@given(examples())
def test_what_is_claimed_of_many_more_conditions_the_engine_bears_out(example: Example) -> None:
    assert lies(example) == []


@pytest.mark.parametrize(
    "text",
    [
        "c.n > 5 && c.n < 3",
        "c.n > 5 && c.n < 6",
        "c.n == 1 && c.n != 1",
        "c.n < c.m && c.m < c.n",
        "c.n + 1 <= c.n",
        "c.n * 2 == 7",
        "c.n / 10 == 2 && c.n < 20",
        "c.n % 3 == 3",
        "c.n % 3 == -1 && c.n > 0",
        "-c.n > 0 && c.n >= 0",
        "c.n == 5 && c.n > 5.5",
        "c.x > 1.0 && c.x < 0.5",
        'c.s == "a" && c.s == "b"',
        'c.s in ["a", "b"] && c.s == "c"',
        'c.s.startsWith("ab") && c.s.startsWith("b")',
        'c.s == "gold" && size(c.s) > 4',
        'c.s == "gold" && c.s.contains("x")',
        'c.s + c.r == "" && c.s != ""',
        'c.s < "a" && c.s > "b"',
        '"a" in c.list && !("a" in c.list)',
        'c.s in c.list && c.s == "a" && !("a" in c.list)',
        "c.b && !c.b",
        "c.b < c.k && c.k < c.b",
        "has(c.n) && !has(c.n)",
        "!has(c.n) && c.n > 0",
        "c.t < now && c.t > now",
        'c.t > now && c.t < now - duration("1h")',
        'c.t - c.u > duration("1h") && c.t < c.u',
        'now < today - duration("72h")',
        'now < timestamp("2026-03-01T00:00:00Z")',
        "c.n / 0 == 1",
        "c.b ? c.n > 5 && c.n < 3 : false",
        'c.s.matches("^a") && !c.s.matches("^a")',
        "size(c.list) + 1 < 1",
    ],
)
def test_what_can_not_be_true_is_proven(text: str) -> None:
    assert ask(text, truth=True) is None


@pytest.mark.parametrize(
    "text",
    [
        "c.n > 5 || c.n <= 5",
        'c.s != "a" || c.s != "b"',
        "has(c.n) || !has(c.n)",
        "size(c.s) >= 0",
        "c.n in [1, 2] ? c.n < 3 : true",
        "c.x <= c.y || c.x > c.y",
        'now >= timestamp("2026-03-01T00:00:00Z")',
        "true",
    ],
)
def test_what_can_not_be_false_is_proven(text: str) -> None:
    assert ask(text, truth=False) is None


@pytest.mark.parametrize(
    "text",
    [
        "c.n > 5 && c.n < 7",
        "c.n == 9223372036854775807",
        "c.n > 5 || !(c.n > 5)",
        'c.s.contains("ab") && size(c.s) == 5',
        'c.s > "a" && c.s < "b"',
        'c.s == "\\\\u{41}"',
        'c.s == "🤦🏼 \\" \\\\ \\n"',
        '"a" in c.list && !("b" in c.list)',
        "c.x > 0.1 && c.x < 0.2",
        "!has(c.day) && has(c.t) && c.b",
        'c.t > now && c.t < now + duration("1s")',
        "now > today",
        "c.n / 2 == -3 && c.n % 2 == -1",
        "c.n < c.x && c.x < c.m && c.m == c.n + 1",
    ],
)
def test_what_can_be_true_is_shown_by_a_candidate_that_the_engine_agrees_on(text: str) -> None:
    found = ask(text, truth=True)
    assert isinstance(found, Candidate), found
    assert in_columns([text], TYPES, [row_of(found, TYPES)], clock_of(found)) == [[True]]


@pytest.mark.parametrize(
    "text",
    [
        # Decimal numbers round: none of these is a question of real numbers.
        "c.x + 1.0 == c.x && c.x > 1.0e16 && c.x < 1.0e15",
        "c.x * 3.0 == 1.0 && c.x * 3.0 == 1.0",
        "c.x + 0.1 == 0.30000000000000004 && c.y == 0.3 && c.x + 0.1 == c.y",
        # What a pattern takes is not reasoned about.
        'c.s.matches("^a$") && c.s == "b"',
        'c.s.matches("^[0-9]+$") && size(c.s) > 3',
        # Products of two facts are not linear.
        "c.n * c.m == 7 && c.n > 7 && c.m > 7",
    ],
)
def test_what_can_not_be_told_is_not_guessed(text: str) -> None:
    found = ask(text, truth=True, seconds=1.0)
    if isinstance(found, Candidate):
        assert in_columns([text], TYPES, [row_of(found, TYPES)], clock_of(found)) == [[True]]
    elif found is None:
        # Allowed only where it follows without knowing what the arithmetic gives.
        assert "c.x > 1.0e16 && c.x < 1.0e15" in text or "c.y == 0.3" in text
    else:
        assert found in (
            "it says something that can't be reasoned about",
            "the proof takes too long",
            "an example could not be confirmed",
        )


def test_built_in_facts_always_have_a_value() -> None:
    solve = Solver(vocabulary_of(TYPES), AS_OF, ROME, 5.0)
    assert solve(Is(tree_of("has(candidate.channel)", TYPES), truth=False)) is None


def test_at_least_so_many_is_counted() -> None:
    solve = Solver(vocabulary_of(TYPES), AS_OF, ROME, 5.0)
    bands = tuple(Is(tree_of(t, TYPES), truth=True) for t in ("c.n < 3", "c.n > 5", "c.n == 4"))
    assert solve(Some(bands, 2)) is None
    assert isinstance(solve(Some(bands, 1)), Candidate)


def test_nothing_is_claimed_of_days_before_the_given_one() -> None:
    """A moment that has passed is over; one that is to come is not."""
    vocabulary = vocabulary_of(TYPES)
    text = 'now < timestamp("2027-01-01T00:00:00Z")'
    later = Solver(vocabulary, datetime(2027, 6, 1, tzinfo=ROME), ROME, 5.0)
    assert later(Is(tree_of(text, TYPES), truth=True)) is None
    today = Solver(vocabulary, AS_OF, ROME, 5.0)
    assert isinstance(today(Is(tree_of(text, TYPES), truth=True)), Candidate)
    assert isinstance(today(Is(tree_of(text, TYPES), truth=False)), Candidate)
