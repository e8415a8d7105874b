from __future__ import annotations

import itertools
import json
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.screening import rete
from engine.screening.rete import Clause, DecisionError, Fact, Network

ENGINE = Path(rete.__file__).parents[1]


def fact(number: int, kind: str = "f") -> Fact:
    return Fact(kind, f"x{number}", "sure")


def clause(name: str, *numbers: int) -> Clause:
    return Clause(name, tuple(fact(n) for n in numbers))


def fired(
    network: Network, facts: Iterable[Fact], heads: Mapping[str, Iterable[Fact]] | None = None
) -> list[str]:
    """The names of the clauses that fired, sorted; `heads` is what each one tells further."""
    names: list[str] = []

    def fire(name: str) -> Iterable[Fact]:
        names.append(name)
        return (heads or {}).get(name, ())

    network.run(facts, fire)
    return sorted(names)


def closure(
    clauses: Iterable[Clause], facts: Iterable[Fact], heads: Mapping[str, Iterable[Fact]]
) -> list[str]:
    """What `fired` must say, found naively."""
    known = set(facts)
    names: set[str] = set()
    while new := [c for c in clauses if c.name not in names and set(c.body) <= known]:
        names |= {c.name for c in new}
        known |= {f for c in new for f in heads.get(c.name, ())}
    return sorted(names)


def test_a_clause_fires_when_all_its_facts_hold_and_not_when_one_is_missing() -> None:
    with Network([clause("both", 1, 2), clause("first", 1), clause("third", 3)]) as network:
        assert fired(network, [fact(1), fact(2)]) == ["both", "first"]
        assert fired(network, [fact(1)]) == ["first"]
        assert fired(network, [fact(2)]) == []
        assert fired(network, []) == []


def test_a_fact_of_another_kind_or_level_is_another_fact() -> None:
    with Network([clause("one", 1)]) as network:
        assert (
            fired(network, [fact(1, "g"), Fact("f", "x1", "unsure"), Fact("f", "x11", "sure")])
            == []
        )


def test_facts_that_no_clause_reads_are_no_error() -> None:
    with Network([clause("one", 1)]) as network:
        assert fired(network, [fact(7), fact(1), fact(8)]) == ["one"]


def test_a_fact_told_by_an_action_chains_further() -> None:
    heads = {"a": [fact(2)], "b": [fact(3), fact(4)]}
    with Network([clause("a", 1), clause("b", 2), clause("c", 3, 4)]) as network:
        assert fired(network, [fact(1)], heads) == ["a", "b", "c"]


def test_a_fact_told_twice_counts_once() -> None:
    heads = {"a": [fact(2), fact(2), fact(1)], "b": [fact(2)]}
    with Network([clause("a", 1), clause("b", 1), clause("c", 2)]) as network:
        assert fired(network, [fact(1), fact(1)], heads) == ["a", "b", "c"]


def test_clauses_that_tell_each_other_end() -> None:
    heads = {"a": [fact(2)], "b": [fact(1)], "self": [fact(3)]}
    with Network([clause("a", 1), clause("b", 2), clause("self", 3)]) as network:
        assert fired(network, [fact(1)], heads) == ["a", "b"]
        assert fired(network, [fact(2)], heads) == ["a", "b"]
        assert fired(network, [fact(3)], heads) == ["self"]


def test_the_order_of_facts_and_clauses_does_not_matter() -> None:
    clauses = [clause("a", 1, 2), clause("b", 3), clause("c", 2, 4), clause("d", 1)]
    heads = {"a": [fact(3)], "b": [fact(4)]}
    for ordered in itertools.permutations(clauses):
        with Network(ordered) as network:
            for facts in itertools.permutations([fact(1), fact(2), fact(9)]):
                assert fired(network, facts, heads) == ["a", "b", "c", "d"]


def test_a_network_without_clauses_fires_nothing() -> None:
    with Network([]) as network:
        assert fired(network, [fact(1)]) == []


@pytest.mark.parametrize("width", [1, 8, 9, 16, 17, 64, 65, 300])
def test_a_body_of_any_length_needs_each_of_its_facts(width: int) -> None:
    facts = [fact(n) for n in range(width)]
    with Network([Clause("all", tuple(facts))]) as network:
        assert fired(network, facts) == ["all"]
        for missing in {0, width // 2, width - 1}:
            assert fired(network, facts[:missing] + facts[missing + 1 :]) == []


def test_six_hundred_clauses_may_read_one_fact() -> None:
    clauses = [clause(f"c{n:03}", 0, n + 1) for n in range(600)]
    with Network(clauses) as network:
        assert fired(network, [fact(0), fact(1), fact(600)]) == ["c000", "c599"]
        assert len(fired(network, [fact(n) for n in range(601)])) == 600


def test_six_hundred_clauses_may_read_a_fact_each() -> None:
    with Network([clause(f"c{n:03}", n) for n in range(600)]) as network:
        assert fired(network, [fact(3), fact(599)]) == ["c003", "c599"]


@pytest.mark.parametrize("step", [1, -1])
def test_a_chain_longer_than_any_ruleset_is_followed_in_both_directions(step: int) -> None:
    clauses = [clause(f"c{n:03}", n) for n in range(300)]
    heads = {f"c{n:03}": [fact(n + 1)] for n in range(300)}
    with Network(clauses[::step]) as network:
        assert len(fired(network, [fact(0)], heads)) == 300
        assert len(fired(network, [fact(290)], heads)) == 10


def test_nothing_is_left_over_from_an_earlier_run() -> None:
    clauses = [clause("both", 1, 2), clause("one", 1), clause("two", 2)]
    with Network(clauses) as network:
        for _ in range(3):
            assert fired(network, [fact(1)]) == ["one"]
            assert fired(network, [fact(2)]) == ["two"]
            assert fired(network, []) == []
            assert fired(network, [fact(1), fact(2)]) == ["both", "one", "two"]


numbers = st.integers(0, 9)
bodies = st.lists(numbers, min_size=1, max_size=10, unique=True)


@settings(deadline=None)  # two cores may be busy with something else
@given(
    st.lists(st.tuples(bodies, st.lists(numbers, max_size=3)), max_size=12),
    st.lists(st.sets(numbers), min_size=1, max_size=6),
)
def test_what_fires_is_what_a_naive_loop_finds(
    made: list[tuple[list[int], list[int]]], runs: list[set[int]]
) -> None:
    clauses = [clause(f"c{i}", *body) for i, (body, _) in enumerate(made)]
    heads = {f"c{i}": [fact(n) for n in told] for i, (_, told) in enumerate(made)}
    with Network(clauses) as network:
        for run in runs:
            facts = [fact(n) for n in run]
            assert fired(network, facts, heads) == closure(clauses, facts, heads)


# ── errors ───────────────────────────────────────────────────────────────────────────────────────


def test_an_exception_in_an_action_is_a_decision_error_and_leaves_nothing_behind() -> None:
    with Network([clause("boom", 1), clause("both", 1, 2), clause("two", 2)]) as network:

        def fire(_: str) -> Iterable[Fact]:
            raise ZeroDivisionError("0123-456789")

        with pytest.raises(
            DecisionError, match="deciding `boom` failed: ZeroDivisionError"
        ) as info:
            network.run([fact(1)], fire)
        assert isinstance(info.value.__cause__, ZeroDivisionError)
        assert "456789" not in str(info.value), "what an exception says may be personal data"
        assert fired(network, [fact(2)]) == ["two"]
        assert fired(network, [fact(1), fact(2)]) == ["boom", "both", "two"]


def test_an_exception_while_telling_facts_is_a_decision_error_too() -> None:
    def fire(_: str) -> Iterator[Fact]:
        yield fact(2)
        raise KeyError

    with Network([clause("one", 1), clause("two", 2)]) as network:
        with pytest.raises(DecisionError):
            network.run([fact(1)], fire)
        assert fired(network, [fact(1)]) == ["one"]


def test_an_interruption_passes_and_leaves_nothing_behind() -> None:
    def fire(_: str) -> Iterable[Fact]:
        raise KeyboardInterrupt

    with Network([clause("one", 1), clause("two", 2)]) as network:
        with pytest.raises(KeyboardInterrupt):
            network.run([fact(1)], fire)
        assert fired(network, [fact(2)]) == ["two"]


def test_a_closed_network_refuses_to_run_rather_than_fire_nothing() -> None:
    network = Network([clause("one", 1)])
    network.close()
    network.close()
    with pytest.raises(DecisionError, match="closed"):
        fired(network, [fact(1)])


@pytest.mark.parametrize(
    "text", ["", "3", "R3", "r 3", "r3\n", 'r"3', "+39 333 1234567", "città", "r3.b", "$s"]
)
def test_only_symbols_reach_durable_rules(text: str) -> None:
    for body in (Fact(text, "x1", "sure"), Fact("f", text, "sure"), Fact("f", "x1", text)):
        with pytest.raises(ValueError, match="symbols"):
            Network([Clause("c", (body,))])


@pytest.mark.parametrize(
    "clauses",
    [[Clause("empty", ())], [clause("twice", 1, 1)], [clause("same", 1), clause("same", 2)]],
    ids=["no body", "a fact twice", "a name twice"],
)
def test_clauses_that_make_no_sense_are_refused(clauses: list[Clause]) -> None:
    with pytest.raises(ValueError, match="clause"):
        Network(clauses)


class Faulty:
    """durable-rules with one fault: whatever is given here instead of the real function."""

    def __init__(self, **faults: Any) -> None:
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return self._faults.get(name, getattr(REAL, name))


REAL: Any = rete._engine


def _raise(*_: object) -> None:
    raise REAL.error("Could not do it, error code: 304")


def activation(name: str, shown: Fact) -> str:
    return json.dumps({name: {"m0": shown._asdict()}})


FAULTS: dict[str, dict[str, Any]] = {
    "misses an activation": {"complete_and_start_action": lambda *_: None},
    "misses all activations": {"start_action_for_state": lambda *_: None},
    "fires for ever": {"complete_and_start_action": lambda *_: activation("c0", fact(1))},
    "fires on other facts": {"complete_and_start_action": lambda *_: activation("c1", fact(2))},
    "shows other facts": {
        "start_action_for_state": lambda h, s: (
            REAL.start_action_for_state(h, s)[0],
            activation("c0", fact(2)),
        )
    },
    "fires what it has not": {"complete_and_start_action": lambda *_: activation("c7", fact(1))},
    "has no rule for a fact": {"assert_facts": lambda h, f: (1, REAL.assert_facts(h, f)[1])},
    "sees a repeated fact": {"assert_facts": lambda h, f: (2, REAL.assert_facts(h, f)[1])},
    "defers a fact": {"assert_facts": lambda h, f: (3, REAL.assert_facts(h, f)[1])},
    "fails to assert": {"assert_facts": _raise},
    "fails to start": {"start_action_for_state": _raise},
    "fails to go on": {"complete_and_start_action": _raise},
    "fails to forget": {"delete_state": _raise},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_durable_rules_is_an_error_and_never_a_decision(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network([clause("one", 1), clause("other", 1)])
    monkeypatch.setattr(rete, "_engine", Faulty(**FAULTS[fault]))
    with pytest.raises(DecisionError):
        fired(network, [fact(1)])
    monkeypatch.setattr(rete, "_engine", REAL)
    if fault == "fails to forget":
        with pytest.raises(DecisionError, match="closed"):
            fired(network, [fact(1)])
    network.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_ruleset_that_does_not_work_is_found_out_in_rehearsal(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rete, "_engine", Faulty(**FAULTS[fault]))
    with pytest.raises(DecisionError):
        Network([clause("one", 1), clause("other", 1)])


def test_rules_that_durable_rules_refuses_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rete, "_engine", Faulty(create_ruleset=_raise))
    with pytest.raises(DecisionError, match=r"refused its rules: .* 304"):
        Network([clause("one", 1)])


# ── what is left of the world ────────────────────────────────────────────────────────────────────


def test_no_threads_are_started_and_nothing_is_printed_or_logged(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = threading.active_count()
    with caplog.at_level(logging.DEBUG), Network([clause("one", 1)]) as network:
        fired(network, [fact(1)])
        with pytest.raises(DecisionError):
            network.run([fact(1)], lambda _: 1 / 0)  # type: ignore[arg-type,return-value]
    assert threading.active_count() == before
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_working_memory_and_rulesets_are_given_back() -> None:
    network = Network([clause(f"c{n}", n) for n in range(100)])
    handles = [book._handle for book in network._books]
    fired(network, [fact(n) for n in range(0, 100, 3)])
    for handle in handles:
        with pytest.raises(REAL.error, match="309"):  # there is no such state
            REAL.get_facts(handle, None)
    network.close()
    for handle in handles:
        with pytest.raises(REAL.error, match="111"):  # there is no such ruleset
            REAL.get_facts(handle, None)


def test_no_other_module_of_the_engine_touches_durable_rules() -> None:
    touching = [p.name for p in ENGINE.rglob("*.py") if "import durable" in p.read_text("utf-8")]
    assert touching == ["rete.py"]
