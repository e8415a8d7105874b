"""Rule authors' cases laid out as a wide table, for the same match, judge and allocate as a run.

All cases are screened together, as lists that share no pool, so a rulebook's whole suite costs a
few queries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from engine.language.cases import Candidate, Case
from engine.language.expression import Clock, Expression
from engine.language.ruleset import Outcome, Rule, Ruleset, Signal
from engine.language.text import midnight
from engine.language.vocabulary import BUILT_IN, FactDeclaration, FactType, Vocabulary
from engine.ports import Backend
from engine.screening.allocate import DUPLICATE, allocate, denies_column, draws_column
from engine.screening.columns import Compiler
from engine.screening.facts import INVALID, FactState, microseconds, state_column
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column, judge
from engine.screening.match import match, rule_column
from engine.screening.reasons import facts_read, reasons_of
from engine.screening.seen import seen
from engine.screening.told import told

Row = Mapping[str, Any]
_LIST = "list"
_CLOCK = "clock"
_ARROW = {
    FactType.STRING: pa.string(),
    FactType.INTEGER: pa.int64(),
    FactType.NUMBER: pa.float64(),
    FactType.BOOLEAN: pa.bool_(),
    FactType.DATE: pa.int64(),
    FactType.TIMESTAMP: pa.int64(),
    FactType.STRINGS: pa.list_(pa.string()),
}
_FLAGS = (blocks_column(""), denies_column(""), draws_column(""))
_STAND_INS = {"candidate_id": "C1", "customer_id": "K1", "offer_id": "O1", "channel": "call"}


def _clock_column(name: str) -> str:
    return f"clock:{name}"


@dataclass(frozen=True)
class _Clocked(Compiler):
    """A compiler for rows that each have a clock of their own."""

    def value(self, tree: Expression) -> Any:
        """The column of any expression."""
        if isinstance(tree, Clock):
            return self.table[_clock_column(tree.name)]
        return super().value(tree)


@dataclass(frozen=True)
class Stack:
    """Rows to be judged: for each, which candidate's facts it has and in which list it stands."""

    of: Sequence[int]
    lists: Sequence[str]


class Bench:
    """Cases laid out as a wide table; `candidates` are its rows, in order, with their cases.

    Facts that `ruleset` reads are there. `stack` is the whole of it, each case a list of its own.
    The rules that `unseen` gives for a case do not apply to its candidates.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        cases: Sequence[Case],
        vocabulary: Vocabulary,
        zone: str,
        backend: Backend,
        unseen: Callable[[Case], Collection[str]] = lambda case: (),
    ) -> None:
        self.ruleset = ruleset
        self.candidates = [(case, one) for case in cases for one in case.candidates]
        of = {id(case): frozenset(unseen(case)) for case in cases}
        self._unseen = [of[id(case)] for case, _ in self.candidates]
        lists = [str(n) for n, case in enumerate(cases) for _ in case.candidates]
        self.stack = Stack(range(len(self.candidates)), lists)
        self._vocabulary = vocabulary
        self._zone = zone
        self._backend = backend
        self._clocks = sorted({case.as_of for case in cases})
        midnights = [midnight(as_of, ZoneInfo(zone)) for as_of in self._clocks]
        self._days = [one.date() for one in midnights]
        clocks = [self._clocks.index(case.as_of) for case, _ in self.candidates]
        now = [microseconds(case.as_of) for case, _ in self.candidates]
        columns = {
            _CLOCK: pa.array(clocks, pa.int64()),
            _clock_column("now"): pa.array(now, pa.int64()),
            _clock_column("today"): pa.array(
                [microseconds(midnights[n]) for n in clocks], pa.int64()
            ),
        }
        for name in sorted({*facts_read(ruleset), *(f.name for f in BUILT_IN)}):
            fact = vocabulary[name]
            cells = [fact_of(case, one, fact) for case, one in self.candidates]
            columns[name] = pa.array([_stored(value) for value, _ in cells], _ARROW[fact.type])
            columns[state_column(name)] = pa.array([int(state) for _, state in cells], pa.int8())
        self._facts = pa.table(columns)

    def matched(self, rules: Sequence[Rule], signals: Sequence[Signal]) -> list[Row]:
        """The outcomes of rules and the strengths of signals, for each row of the bench.

        They need not be those of the rulebook, but may read no fact that it does not read.
        """
        facts = self._load(self.stack)
        compiler = _Clocked(facts, self._backend.dialect, 0, 0)
        # All clocks at once, but for rules that begin or end: those are asked day by day.
        dated = tuple(rule for rule in rules if rule.from_ or rule.until)
        always = tuple(rule for rule in rules if not (rule.from_ or rule.until))
        whole = replace(self.ruleset, rules=always, signals=tuple(signals))
        found = _in_order(self._backend.rows(match(whole, facts, compiler, self._days[0])))
        for day in dict.fromkeys(self._days if dated else ()):
            clocks = [number for number, one in enumerate(self._days) if one == day]
            today = facts.filter(facts[_CLOCK].isin(clocks))
            here = replace(compiler, table=today)
            of_day = replace(self.ruleset, rules=dated, signals=())
            for row in self._backend.rows(match(of_day, today, here, day)):
                found[row[ROW]] = {**found[row[ROW]], **row}
        return [{**row, **self._hidden(n, rules)} for n, row in enumerate(found)]

    def sees(self, row: int, rule: str) -> bool:
        """Whether a rule is one for this row's case."""
        return rule not in self._unseen[row]

    def _hidden(self, row: int, rules: Sequence[Rule]) -> Row:
        hidden = [rule.id for rule in rules if not self.sees(row, rule.id)]
        return {rule_column(name): int(Outcome.NOT_APPLICABLE) for name in hidden}

    def judged(self, ruleset: Ruleset, matched: Sequence[Row]) -> list[Row]:
        """Rows of outcomes with what the decisions of `ruleset` make of them."""
        table = self._backend.load("matched", _table(matched))
        decided = self._backend.keep("decided", judge(ruleset, table, self._backend))
        return _in_order(self._backend.rows(decided))

    def settled(self, ruleset: Ruleset, judged: Sequence[Row], stack: Stack) -> list[Row]:
        """Judged rows, one for each of `stack`, with what the pools of `ruleset` grant them."""
        facts = self._load(stack)
        table = self._backend.load("judged", _table(judged))
        # The queue holds rows of all clocks; it matters only where a pool looks at the clock.
        clocks = list(enumerate(self._clocks if _tells_time(ruleset) else self._clocks[:1]))
        queued: dict[int, Row] = {}
        for number, as_of in clocks:
            mine = facts if len(clocks) == 1 else facts.filter(facts[_CLOCK] == number)
            allocation = allocate(
                ruleset,
                mine,
                table.semi_join(mine, ROW),
                self._compiler(mine, as_of),
                self._vocabulary,
                self._backend,
                apart=_LIST,
            )
            queued |= {row[ROW]: row for row in self._backend.rows(allocation.queue)}
        pools = [*(p.id for p in ruleset.pools), DUPLICATE]
        nothing = {column(p): False for p in pools for column in (draws_column, denies_column)}
        nothing["won"] = False
        return [{**nothing, **row, **queued.get(row[ROW], {})} for row in judged]

    def sentences(self, settled: Sequence[Row]) -> Sequence[Mapping[str, str]]:
        """For each row of the bench, the sentences that its candidate is expected to be told."""
        wanted = [set(one.expect.says or ()) for _, one in self.candidates]
        said: list[dict[str, str]] = [{} for _ in wanted]
        rows = [n for n, ids in enumerate(wanted) if ids]
        if not rows:
            return said
        table = _table([settled[n] for n in rows])
        for name, column in zip(self._facts.column_names, self._facts.take(rows), strict=True):
            table = table.append_column(name, column)
        loaded = self._backend.load("said", table)
        compiler = self._compiler(loaded, self._clocks[0])
        reasons = [r for r in reasons_of(self.ruleset) if r.id in set().union(*wanted)]
        language = self.ruleset.languages[0]
        columns = seen(reasons, loaded, compiler, self._vocabulary, self._zone, language)
        for batch in self._backend.stream(self._backend.keep("seen", loaded.select(**columns))):
            numbers = batch.column(ROW)
            for reason in reasons:
                one = told(reason, batch, self._vocabulary, language)
                if one is None:
                    continue
                for row, text in zip(numbers.take(one.rows), one.sentence, strict=True):
                    if reason.id in wanted[row.as_py()]:
                        said[row.as_py()][reason.id] = text.as_py()
        return said

    def _compiler(self, table: ir.Table, as_of: datetime) -> Compiler:
        today = microseconds(midnight(as_of, ZoneInfo(self._zone)))
        return Compiler(table, self._backend.dialect, microseconds(as_of), today)

    def _load(self, stack: Stack) -> ir.Table:
        table = self._facts.take(pa.array(stack.of, pa.int64()))
        table = table.append_column(ROW, pa.array(range(len(stack.of)), pa.int64()))
        table = table.append_column(_LIST, pa.array(stack.lists, pa.string()))
        table = table.append_column(INVALID, pa.nulls(len(stack.of), pa.string()))
        return self._backend.load("facts", table)


def fact_of(case: Case, one: Candidate, fact: FactDeclaration) -> tuple[Any, FactState]:
    """What a candidate of a case has for a fact: its value, None unless the state is VALUE."""
    if fact.name in one.unknown:
        return None, FactState.SOURCE_FAILED
    value = one.facts.get(fact.name)
    if value is None and fact.name not in one.facts and fact in BUILT_IN:
        # Every row of a list has these, so a test need not name them.
        value = case.as_of if fact.type is FactType.TIMESTAMP else _STAND_INS[fact.field]
    if value is None:
        return None, FactState.ABSENT
    return value, FactState.VALUE


def _stored(value: Any) -> Any:
    return microseconds(value) if isinstance(value, datetime) else value


def _in_order(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: int(row[ROW]))


def _table(rows: Sequence[Row]) -> pa.Table:
    """Rows of codes and flags as a table, with the types that the engine gives them."""

    def kind(name: str) -> pa.DataType:
        if name == INVALID:
            return pa.string()
        if name in (ROW, "place"):
            return pa.int64()
        flag = name == "won" or name.startswith(_FLAGS)
        return pa.bool_() if flag else pa.int8()

    return pa.table({n: pa.array([row.get(n) for row in rows], kind(n)) for n in rows[0]})


def _tells_time(ruleset: Ruleset) -> bool:
    conditions = [c for p in ruleset.pools for c in (*p.applies, p.limit)]
    conditions += [o.by for o in ruleset.order]
    return any(isinstance(node, Clock) for c in conditions for node in c.tree.walk())
