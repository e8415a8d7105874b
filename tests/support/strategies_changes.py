"""Hypothesis strategies: a project changed: some facts made unknown, or everything shuffled.

`degradations` is for promise 1 (fail closed), `shuffles` for promise 6 (order means nothing).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import yaml
from hypothesis import assume
from hypothesis import strategies as st

from tests.oracle.gather import gather
from tests.oracle.states import UNKNOWN
from tests.support.strategies_cells import LATER, OLD, UNREADABLE
from tests.support.strategies_draws import dice, pick
from tests.support.strategies_project import Project

_POOLS = ("no-room", "duplicate")


@dataclass(frozen=True)
class Degraded:
    """`project` knows less than the one it came from: facts of `touched` became unknown, none else.

    `how` says in words what was done.
    """

    project: Project
    touched: frozenset[str]
    how: tuple[str, ...]


@dataclass(frozen=True)
class _Change:
    """One thing that can be done; `fact` (or the source's name and a point) is what it hides."""

    kind: str
    fact: str
    row: int
    apply: Callable[[Project], object]

    def __str__(self) -> str:
        return f"{self.fact} {self.kind}" + (f" in row {self.row + 1}" if self.row >= 0 else "")


@st.composite
def degradations(draw: st.DrawFn, project: Project, most: int = 2) -> Degraded:
    """Up to `most` of: an unreadable cell, a blank or unreadable key, a stale row, a stale source.

    Every change of a fact is checked to end in «unknown» (a blank alone would make it absent, of
    which a rule may conclude something); at least one candidate is touched.
    """
    changed = copy.deepcopy(project)
    how: list[str] = []
    for _ in range(1 + dice(draw, most)):
        change = _chosen(draw, changed)
        change.apply(changed)
        how.append(str(change))
    touched = _touched(project, changed)
    assume(touched)
    return Degraded(changed, touched, tuple(how))


def promise_breakers(
    before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]], touched: frozenset[str]
) -> list[str]:
    """Ids of touched candidates whose block became an allow, against promise 1; [] when it is kept.

    `before` and `after` are verdicts with `candidate_id`, `verdict` and `reasons` as the oracle
    gives them. Where several candidates know less, one that only lacked room may rightly go now:
    whoever stood ahead of it was stopped, and its own facts had no part in it.
    """
    allowed = {v["candidate_id"] for v in after if v["verdict"] == "allowed"}
    return [
        v["candidate_id"]
        for v in before
        if v["candidate_id"] in touched & allowed
        and v["verdict"] == "blocked"
        and (len(touched) == 1 or any(cause not in _POOLS for _, cause, _ in v["reasons"]))
    ]


@st.composite
def shuffles(draw: st.DrawFn, project: Project) -> Project:
    """The same project with its rows, rules, signals, decisions, pools and source rows reordered."""
    changed = copy.deepcopy(project)
    grids: list[list[Any]] = [changed.rows, *changed.sources.values(), *changed.rulebook.values()]
    for grid in grids:
        grid[:] = draw(st.permutations(grid))
    return changed


def _chosen(draw: st.DrawFn, project: Project) -> _Change:
    """Every kind of change as often as another, and mostly of facts that the rulebook reads."""
    possible = list(_changes(project))
    assume(possible)
    kind = pick(draw, sorted({c.kind for c in possible}))
    ofkind = [c for c in possible if c.kind == kind]
    text = _rule_text(project)
    read = [c for c in ofkind if c.fact in text]
    return pick(draw, read if read and dice(draw, 4) else ofkind)


def _rule_text(project: Project) -> str:
    return yaml.safe_dump(project.rulebook, width=10_000)


def _changes(project: Project) -> Iterable[_Change]:
    yield from _candidate_changes(project)
    for name in project.sources:
        yield from _source_changes(project, name)


def _candidate_changes(project: Project) -> Iterable[_Change]:
    whole = [n for n, row in enumerate(project.rows) if len(row) == len(project.header)]
    for name, kind, column in _typed(project.config["candidates"], list(project.header)):
        for number in whole if kind in UNREADABLE else ():
            text = UNREADABLE[kind][0]
            put = _put(text, number, column)
            yield _Change("unreadable", f"candidate.{name}", number, put)
    # A blank key is unknown to the source's facts, but the key itself is then absent.
    joined = project.config["sources"]["shop"]["key"] == {"sku": "candidate.sku"}
    if joined and "candidate.sku" not in _rule_text(project):
        at = list(project.header).index("sku")
        for number in whole:
            yield _Change("without a key", "shop.", number, _put("", number, at))


def _source_changes(project: Project, name: str) -> Iterable[_Change]:
    said = project.config["sources"][name]
    columns = project.columns(name)
    grid = project.sources[name]
    for field, kind, column in _typed(said, columns):
        for number in range(len(grid)) if kind in UNREADABLE else ():
            text = UNREADABLE[kind][0]
            put = _put(text, number, column, name)
            yield _Change("unreadable in the source", f"{name}.{field}", number, put)
    if "max_age" not in said:
        return
    if said["as_of"] == "updated_at":
        at = columns.index("updated_at")
        for number in range(len(grid)):
            for text in (OLD, LATER, "", "lately"):
                yield _Change("stale", f"{name}.", number, _put(text, number, at, name))
        yield _Change("stale in all rows", f"{name}.", -1, _all_old(name, at))
    else:
        yield _Change("stale as a whole", f"{name}.", -1, _dated(name, OLD))
        yield _Change("of the future as a whole", f"{name}.", -1, _dated(name, LATER))


def _typed(said: dict[str, Any], columns: list[str]) -> Iterable[tuple[str, str, int]]:
    for name, how in said["fields"].items():
        options = how if isinstance(how, dict) else {"type": how}
        yield name, options["type"], columns.index(options.get("column", name))


def _put(text: str, row: int, column: int, source: str = "") -> Callable[[Project], object]:
    def change(project: Project) -> None:
        grid = project.sources[source] if source else project.rows
        grid[row][column] = text

    return change


def _all_old(source: str, column: int) -> Callable[[Project], object]:
    def change(project: Project) -> None:
        for row in project.sources[source]:
            row[column] = OLD

    return change


def _dated(source: str, moment: str) -> Callable[[Project], object]:
    def change(project: Project) -> None:
        project.config["sources"][source]["as_of"] = {"value": moment}

    return change


def _touched(before: Project, after: Project) -> frozenset[str]:
    """Who has a fact that became unknown. A key blanked on purpose may be absent: nobody reads it."""
    touched = set()
    for old, new in zip(gather(before.job()), gather(after.job()), strict=True):
        changed = {n for n in old.facts if old.facts[n] != new.facts[n]} - {"candidate.sku"}
        if any(new.facts[n] is not UNKNOWN for n in changed):
            raise AssertionError("a degradation made a fact known")
        if changed:
            touched.add(old.candidate_id)
    return frozenset(touched)
