"""The rule documents as the oracle uses them: plain lists, expressions compiled, nothing checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from tests.oracle.condition import Expression, expression
from tests.oracle.states import Fact, Value, conjunction

STAGES = ("eligibility", "consent", "contact-policy", "stock", "feasibility", "price", "data")


@dataclass(frozen=True)
class Clock:
    """What `now` and `today` stand for, and which day it is where the contacts are made."""

    now: datetime
    today: datetime
    day: date


class Condition:
    """One text, whose answers are kept per combination of the facts that it reads."""

    def __init__(self, text: object, clock: Clock) -> None:
        self.compiled: Expression = expression(_as_cel(text))
        self.clock = clock
        self._states = _states_of(self.compiled.facts)
        self._known: dict[object, Value | None] = {}

    def value(self, facts: Mapping[str, Fact]) -> Value | None:
        states = self._states(facts)
        if states not in self._known:
            self._known[states] = self.compiled.value(facts, self.clock.now, self.clock.today)
        return self._known[states]

    def holds(self, facts: Mapping[str, Fact]) -> bool | None:
        result = self.value(facts)
        if result is None or isinstance(result, bool):
            return result
        raise TypeError(f"{self.compiled.text} is no condition")


@dataclass(frozen=True)
class Rule:
    id: str
    stage: str
    applies: list[Condition]
    require: list[Condition]
    in_effect: bool
    shadow: bool
    can_block: bool
    blocks_unknown: bool
    _known: dict[object, str] = field(default_factory=dict)

    def outcome(self, facts: Mapping[str, Fact]) -> str:
        """`passed-if-it-applies` beside the four of the design: the caller reports it as passed."""
        states = self._states(facts)
        if states not in self._known:
            self._known[states] = self._outcome(facts)
        return self._known[states]

    @cached_property
    def _states(self) -> Callable[[Mapping[str, Fact]], object]:
        return _states_of(n for c in (*self.applies, *self.require) for n in c.compiled.facts)

    def _outcome(self, facts: Mapping[str, Fact]) -> str:
        if not self.in_effect:
            return "not-applicable"
        applies = conjunction([c.holds(facts) for c in self.applies])
        if applies is False:
            return "not-applicable"
        required = conjunction([c.holds(facts) for c in self.require])
        if required is True:
            return "passed" if applies else "passed-if-it-applies"
        return "failed" if applies and required is False else "unknown"

    def not_holding(self, facts: Mapping[str, Fact]) -> tuple[int, ...]:
        return tuple(n for n, c in enumerate(self.require, start=1) if c.holds(facts) is not True)


@dataclass(frozen=True)
class Decision:
    id: str
    given: list[tuple[str, str]]
    """Literals: («signal» | «failed» | «passed», name)."""
    needed: int
    waive: list[str]
    propose: str | None
    signal: str | None
    block_stage: str | None


@dataclass(frozen=True)
class Pool:
    id: str
    stage: str
    applies: list[Condition]
    per: list[str]
    limit: Condition
    take_up: float | None
    risk: float | None


@dataclass(frozen=True)
class Rulebook:
    rules: list[Rule]
    signals: dict[str, list[Condition] | None]
    decisions: list[Decision]
    pools: list[Pool]
    order: list[tuple[Condition, bool]]
    """Expressions of the queue that all pools share, each with «descending»."""


def rulebook(documents: list[dict[str, Any]], clock: Clock) -> Rulebook:
    """All documents as one rulebook, in the order written."""

    def every(kind: str) -> list[dict[str, Any]]:
        return [item for document in documents for item in document.get(kind) or []]

    def conditions(said: object) -> list[Condition]:
        return [Condition(text, clock) for text in _list(said)]

    decisions = [_decision(said) for said in every("decisions")]
    signals: dict[str, list[Condition] | None] = {
        d.signal: None for d in decisions if d.signal is not None
    }
    signals |= {
        s["id"]: conditions(s["when"]) if s.get("when") is not None else None
        for s in every("signals")
    }
    queue: object = next((p["order"] for p in every("pools") if p.get("order")), [])
    return Rulebook(
        rules=[
            Rule(
                id=said["id"],
                stage=said["stage"],
                applies=conditions(said.get("applies")),
                require=conditions(said["require"]),
                in_effect=_in_effect(said, clock.day),
                shadow=said.get("mode") == "shadow",
                can_block=said.get("mode") != "shadow" and said.get("severity") != "warn",
                blocks_unknown=said.get("on_unknown") != "allow",
            )
            for said in every("rules")
        ],
        signals=signals,
        decisions=decisions,
        pools=[
            Pool(
                id=said["id"],
                stage=said.get("stage", "stock"),
                applies=conditions(said.get("applies")),
                per=_list(said["per"]),
                limit=Condition(said["limit"], clock),
                take_up=said.get("take_up"),
                risk=said.get("risk"),
            )
            for said in every("pools")
        ],
        order=[_order(text, clock) for text in _list(queue)],
    )


def _states_of(names: Iterable[str]) -> Callable[[Mapping[str, Fact]], object]:
    """Picks the states of these facts, as something that can be looked up."""
    wanted = sorted(set(names))
    return itemgetter(*wanted) if wanted else lambda facts: ()


def _decision(said: dict[str, Any]) -> Decision:
    given = said["given"]
    literals = [
        (kind, n) for kind in ("signal", "failed", "passed") for n in _list(given.get(kind))
    ]
    return Decision(
        id=said["id"],
        given=literals,
        needed=given.get("at_least") or len(literals),
        waive=_list(said.get("waive")),
        propose=said.get("propose"),
        signal=said.get("signal"),
        block_stage=(said.get("block") or {}).get("stage"),
    )


def _order(text: str, clock: Clock) -> tuple[Condition, bool]:
    expression_text, _, direction = text.rpartition(" ")
    if direction not in ("asc", "desc"):
        return Condition(text, clock), False
    return Condition(expression_text, clock), direction == "desc"


def _in_effect(said: dict[str, Any], day: date) -> bool:
    first: date = said.get("from") or day
    last: date = said.get("until") or day
    return first <= day <= last


def _as_cel(text: object) -> str:
    return str(text).lower() if isinstance(text, bool) else str(text)


def _list(said: Any) -> list[Any]:
    if said is None:
        return []
    return said if isinstance(said, list) else [said]
