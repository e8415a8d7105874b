"""The one module that touches durable-rules: forward chaining over facts of our own making.

durable-rules decides by Rete, and it can be wrong without saying so (docs/adr/0003). What keeps
that from letting a contact through:

* it sees symbols of our own (`r3`, `certain`), never a customer's value or a text people wrote;
* clauses are positive (when all of these facts hold, fire): no negation, counting or timers, so
  the order of facts and clauses cannot matter and a missing fact makes nothing fire;
* rulesets stay far below the sizes at which it refuses, hangs or overwrites its own memory
  (`_MOST_…`); long conjunctions are cut in parts;
* a ruleset is used only after a rehearsal in which each of its clauses fired;
* every run has a working memory made for it and dropped after it, whatever happens;
* its host is left out: no threads, no leases, no exceptions put aside for somebody to look at;
* a run counts only if exactly those clauses fired, once each, whose facts hold. This check
  decides nothing: it turns a silent fault into a `DecisionError`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple, Protocol, Self, cast

import durable_rules_engine

from engine.diagnostics import UpfrontError

_SYMBOL = re.compile(r"[a-z]+[0-9]*\Z", re.ASCII)

# A frame holds 16 messages (error 304 beyond); a pattern feeds fewer than 256 joins (beyond, it
# writes past the list's end) and shares its table of 512 with the others that test the same field
# (beyond, it hung); 64 branches may match one message (error 303 beyond). The working memory of a
# ruleset is allocated whole for each run, which alone asks for small ones.
_MOST_IN_BODY = 8
_MOST_CLAUSES = 48
_MOST_READ = 192


class DecisionError(UpfrontError):
    """No decision could be taken: the run fails and releases no list."""


class Fact(NamedTuple):
    """Something that holds, in symbols (lower-case letters, then digits) of the caller's making."""

    kind: str
    of: str
    level: str


@dataclass(frozen=True)
class Clause:
    """Fires when every fact of `body` holds. The name never reaches durable-rules."""

    name: str
    body: tuple[Fact, ...]


Fire = Callable[[str], Iterable[Fact]]
"""Told the name of a clause that fired; returns the facts that hold because of it."""


class _Engine(Protocol):
    """The part of durable-rules' compiled module that is used here (it ships no types)."""

    error: type[Exception]

    def create_ruleset(self, name: str, definition: str) -> int: ...
    def delete_ruleset(self, handle: int) -> None: ...
    def assert_facts(self, handle: int, facts: str) -> tuple[int, int]: ...
    def start_action_for_state(self, handle: int, state: int) -> tuple[str, str] | None: ...
    def complete_and_start_action(self, handle: int, state: int) -> str | None: ...
    def delete_state(self, handle: int, sid: None) -> None: ...


_engine = cast("_Engine", durable_rules_engine)
_REFUSALS = {
    1: "found no rule for a fact",
    2: "took a fact for a repeated one",
    3: "put a fact off",
}


class Network:
    """Clauses compiled to durable-rules, to be run on any number of sets of facts.

    A context manager: it holds memory outside Python until it is closed. Names of clauses are
    unique. Any number of clauses and any length of body will do. One thread at a time.
    """

    def __init__(self, clauses: Iterable[Clause]) -> None:
        given = list(clauses)
        _check(given)
        parts = count()
        self._clauses = [narrow for clause in given for narrow in _narrowed(clause, parts)]
        self._bodies = [frozenset(clause.body) for clause in self._clauses]
        self._readers: dict[Fact, list[int]] = {}
        self._books: list[_Book] = []
        self._open = True
        try:
            for number, (first, packed) in enumerate(_packed(self._clauses)):
                book = _Book(first, packed)
                self._books.append(book)
                book.rehearse()
                for fact in book.reads:
                    self._readers.setdefault(fact, []).append(number)
        except BaseException:
            self.close()
            raise

    def run(self, facts: Iterable[Fact], fire: Fire) -> None:
        """Chain forward from `facts` to the least fixpoint, calling `fire` once per clause.

        Facts that no clause reads are ignored, and repeated ones count once. The order of calls
        says nothing. Raises DecisionError when durable-rules fails, or `fire` does (the error is
        the cause); nothing of a failed run is left for the next one.
        """
        if not self._open:
            raise DecisionError("the decision engine was closed")
        known: set[Fact] = set()
        fired: set[int] = set()
        waiting: dict[int, list[Fact]] = {}

        def tell(news: Iterable[Fact]) -> None:
            for fact in news:
                if fact not in known and fact in self._readers:
                    known.add(fact)
                    for number in self._readers[fact]:
                        waiting.setdefault(number, []).append(fact)

        tell(facts)
        used: set[int] = set()
        try:
            while waiting:
                number = min(waiting)
                used.add(number)
                for index in self._books[number].told(waiting.pop(number)):
                    fired.add(index)
                    tell(self._follow(index, fire))
        finally:
            self._forget(used)
        for index, body in enumerate(self._bodies):
            if (index in fired) is not (body <= known):
                raise DecisionError("the decision engine missed a rule, or fired one it should not")

    def _follow(self, index: int, fire: Fire) -> Iterable[Fact]:
        clause = self._clauses[index]
        if isinstance(clause, _Part):
            return (clause.head,)
        try:
            return tuple(fire(clause.name))
        except DecisionError:
            raise
        except Exception as problem:
            kind = type(problem).__name__
            raise DecisionError(f"deciding `{clause.name}` failed: {kind}") from problem

    def _forget(self, used: Iterable[int]) -> None:
        try:
            for number in used:
                self._books[number].forget()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the memory back. The network can't be run again; closing twice does nothing."""
        self._open = False
        while self._books:
            self._books.pop().delete()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class _Part(Clause):
    """A stretch of a long body, with the fact that stands for it."""

    head: Fact


class _Book:
    """One ruleset of durable-rules. `first` is the number of its first clause in the network."""

    def __init__(self, first: int, clauses: Sequence[Clause]) -> None:
        self.reads = sorted({fact for clause in clauses for fact in clause.body})
        self._texts = {fact: json.dumps(fact._asdict()) for fact in self.reads}
        self._fired: set[int] = set()
        self._heard: dict[str, int] = {}
        self._expected: dict[str, tuple[int, dict[str, dict[str, str]]]] = {}
        definition = {}
        for offset, clause in enumerate(clauses):
            body = {f"m{i}": fact._asdict() for i, fact in enumerate(clause.body)}
            self._expected[f"c{offset}"] = (first + offset, body)
            definition[f"c{offset}"] = {
                "all": [{m: {"$and": [{k: v} for k, v in f.items()]}} for m, f in body.items()]
            }
        try:
            self._handle = _engine.create_ruleset("upfront", json.dumps(definition))
        except _engine.error as problem:
            raise DecisionError(f"the decision engine refused its rules: {problem}") from problem

    def rehearse(self) -> None:
        """Assert everything at once: every clause must fire.

        This also sets up memory that `delete_state` would otherwise read uninitialised.
        """
        if sorted(self.told(self.reads)) != sorted(i for i, _ in self._expected.values()):
            raise DecisionError("the decision engine did not fire all of its rules in rehearsal")
        self.forget()

    def told(self, facts: Iterable[Fact]) -> Iterator[int]:
        """Assert facts it reads, none of them twice between two `forget`; yield what fires.

        Each clause fires at most once between two `forget`, so this ends.
        """
        try:
            batch = f"[{','.join([self._texts[fact] for fact in facts])}]"
            code, state = _engine.assert_facts(self._handle, batch)
            if code:
                raise DecisionError(f"the decision engine {_REFUSALS.get(code, 'failed')}")
            started = _engine.start_action_for_state(self._handle, state)
            activation = started[1] if started else None
            while activation:
                index = self._believed(activation)
                if index in self._fired:
                    raise DecisionError("the decision engine fired a rule twice")
                self._fired.add(index)
                yield index
                activation = _engine.complete_and_start_action(self._handle, state)
        except _engine.error as problem:
            raise DecisionError(f"the decision engine failed: {problem}") from problem

    def _believed(self, activation: str) -> int:
        """The clause that fired, if the facts shown are the ones it asks for."""
        index = self._heard.get(activation)
        if index is None:
            ((name, shown),) = json.loads(activation).items()
            index, body = self._expected.get(name, (-1, None))
            if shown != body:
                raise DecisionError("the decision engine fired a rule on facts it does not ask for")
            self._heard[activation] = index
        return index

    def forget(self) -> None:
        """Drop the working memory. Only after `told`, and `rehearse` before that."""
        self._fired.clear()
        try:
            _engine.delete_state(self._handle, None)
        except _engine.error as problem:
            raise DecisionError(f"the decision engine kept its memory: {problem}") from problem

    def delete(self) -> None:
        _engine.delete_ruleset(self._handle)


def _check(clauses: Sequence[Clause]) -> None:
    """Refuse what would be a mistake of ours, before anything is compiled."""
    if len({clause.name for clause in clauses}) < len(clauses):
        raise ValueError("two clauses have the same name")
    for clause in clauses:
        if not clause.body or len(set(clause.body)) < len(clause.body):
            raise ValueError(f"clause {clause.name}: a body is some facts, each written once")
        if not all(_SYMBOL.match(symbol) for fact in clause.body for symbol in fact):
            raise ValueError(f"clause {clause.name}: a fact is made of symbols such as `r3`")


def _narrowed(clause: Clause, parts: Iterator[int]) -> Iterator[Clause]:
    """The clause, or the same with stretches of its body replaced by facts that stand for them."""
    body = clause.body
    while len(body) > _MOST_IN_BODY:
        heads = []
        for start in range(0, len(body), _MOST_IN_BODY):
            head = Fact("part", f"p{next(parts)}", "whole")
            heads.append(head)
            yield _Part(clause.name, body[start : start + _MOST_IN_BODY], head)
        body = tuple(heads)
    yield Clause(clause.name, body)


def _packed(clauses: Sequence[Clause]) -> Iterator[tuple[int, Sequence[Clause]]]:
    """Stretches of clauses that fit in one ruleset, each with the number of its first clause."""
    first = read = 0
    for number, clause in enumerate(clauses):
        read += len(clause.body)
        if number - first == _MOST_CLAUSES or read > _MOST_READ:
            yield first, clauses[first:number]
            first, read = number, len(clause.body)
    if clauses:
        yield first, clauses[first:]
