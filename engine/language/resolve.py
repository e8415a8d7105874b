"""What only the whole rulebook can tell: unique ids, names that exist, pools that agree."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.diagnostics import Diagnostic, Place
from engine.language.ruleset import Decision, Order, Pool, Rule, Ruleset, Signal
from engine.language.vocabulary import meant_among

RESERVED = ("duplicate", "invalid")
"""Ids the engine itself gives as reasons."""

Role = Literal["signal", "failed", "passed", "waive", "raise"]


@dataclass(frozen=True)
class Reference:
    """A name that the decision `by` says, and where: what it waits for, waives or raises."""

    role: Role
    name: str
    place: Place
    by: str


def check_names(
    ruleset: Ruleset,
    references: Sequence[Reference],
    *,
    whole: bool = True,
    unordered: Collection[str] = (),
) -> Iterator[Diagnostic]:
    """Every problem between parts; `ruleset` may still be unusable.

    Unless it is the `whole` rulebook, names that are not in it are not told: what could not be
    read may have them. The order of the pools called `unordered` is not known.
    """
    yield from _unique_ids(ruleset)
    kinds = {
        **{pool.id: "pool" for pool in ruleset.pools},
        **{decision.id: "decision" for decision in ruleset.decisions},
        **{r.name: "signal" for r in references if r.role == "raise"},
        **{signal.id: "signal" for signal in ruleset.signals},
        **{rule.id: "rule" for rule in ruleset.rules},
    }
    taken = {part.id for part in _parts(ruleset) if not isinstance(part, Signal)}
    legal = {rule.id for rule in ruleset.rules if rule.legal}
    for reference in references:
        if reference.role == "raise":
            if reference.name in taken:
                message = f"the signal `{reference.name}` has the id of a {kinds[reference.name]}"
                yield _at(reference, "duplicate-id", message, "call it otherwise")
        elif whole or reference.name in kinds:
            yield from _known(reference, kinds)
        if reference.role == "waive" and reference.name in legal:
            yield _at(
                reference,
                "waives-legal",
                f"`{reference.by}` waives `{reference.name}`, which is marked `legal: true`",
                "a legal rule can't be waived: take it out of this list",
            )
    yield from _cycles(references)
    ordered = sorted(ruleset.pools, key=lambda pool: pool.place)
    yield from _one_queue([pool for pool in ordered if pool.id not in unordered])


def _at(reference: Reference, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(reference.place, code, message, hint)


def _parts(ruleset: Ruleset) -> list[Rule | Signal | Decision | Pool]:
    return [*ruleset.rules, *ruleset.signals, *ruleset.decisions, *ruleset.pools]


def _unique_ids(ruleset: Ruleset) -> Iterator[Diagnostic]:
    seen: dict[str, Place] = {}
    # In the order in which they are read, so that it is the second that is told.
    for part in sorted(_parts(ruleset), key=lambda p: p.place):
        if part.id in RESERVED:
            message, hint = f"the id `{part.id}` is reserved for the engine", "call it otherwise"
            yield Diagnostic(part.place, "duplicate-id", message, hint)
        elif part.id in seen:
            message, hint = f"the id `{part.id}` is taken", f"it stands at {seen[part.id]} too"
            yield Diagnostic(part.place, "duplicate-id", message, hint)
        seen.setdefault(part.id, part.place)


def _known(reference: Reference, kinds: dict[str, str]) -> Iterator[Diagnostic]:
    name, wanted = reference.name, "signal" if reference.role == "signal" else "rule"
    kind = kinds.get(name)
    if kind == wanted:
        return
    code = "unknown-signal" if wanted == "signal" else "unknown-rule"
    if kind is None:
        message = f"`{reference.by}` speaks of the {wanted} `{name}`, which does not exist"
        hint = meant_among(name, [n for n, k in kinds.items() if k == wanted])
    else:
        message = f"`{name}` is a {kind}, not a {wanted}"
        hint = f"only a rule can be named under `{reference.role}`"
        if reference.role == "signal":
            hint = "name a rule under `failed` or `passed`" if kind == "rule" else "name a signal"
        elif kind == "signal" and reference.role != "waive":
            hint = f"write `signal: {name}`"
    yield _at(reference, code, message, hint)


def _cycles(references: Iterable[Reference]) -> Iterator[Diagnostic]:
    """Signals that wait for themselves: none of them ever begins the round."""
    waits: dict[str, set[str]] = {}
    for reference in references:
        if reference.role == "signal":
            waits.setdefault(reference.by, set()).add(reference.name)
    raised = sorted((r for r in references if r.role == "raise"), key=lambda r: r.place)
    following: dict[str, set[str]] = {}
    for reference in raised:
        for signal in waits.get(reference.by, ()):
            following.setdefault(signal, set()).add(reference.name)
    told: set[str] = set()
    for reference in raised:
        for signal in sorted(waits.get(reference.by, ())):
            way = _way(following, reference.name, signal)
            if way and not told.intersection(way):
                told.update(way)
                message = f"signals wait for each other: {' → '.join([signal, *way])}"
                hint = "a signal can't lead back to itself: take one of these decisions out"
                yield _at(reference, "signal-cycle", message, hint)


def _way(following: dict[str, set[str]], start: str, end: str) -> list[str]:
    """The shortest way from one signal to another, both included; nothing where there is none."""
    ways = deque([[start]])
    seen = {start}
    while ways:
        way = ways.popleft()
        if way[-1] == end:
            return way
        for signal in sorted(following.get(way[-1], set()) - seen):
            seen.add(signal)
            ways.append([*way, signal])
    return []


def _one_queue(pools: Sequence[Pool]) -> Iterator[Diagnostic]:
    """Candidates stand in one queue: with two, «first come» would have no meaning."""

    def spoken(order: tuple[Order, ...]) -> str:
        return ", ".join(f"{o.by.text} {'desc' if o.descending else 'asc'}" for o in order)

    for pool in pools[1:]:
        first = pools[0]
        if [(o.by.tree, o.descending) for o in pool.order] != [
            (o.by.tree, o.descending) for o in first.order
        ]:
            yield Diagnostic(
                pool.order[0].by.place if pool.order else pool.place,
                "pool-order",
                f"`{pool.id}` queues by {spoken(pool.order) or 'nothing'}, "
                f"but `{first.id}` by {spoken(first.order) or 'nothing'}",
                "all pools share one queue: give them the same `order`",
            )
