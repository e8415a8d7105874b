"""What only the whole rulebook can tell: unique ids, names that exist, pools that agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.diagnostics import Diagnostic, Place
from engine.language.ruleset import Decision, Order, Pool, Rule, Ruleset, Signal
from engine.language.vocabulary import did_you_mean

RESERVED = ("duplicate", "invalid")
"""Ids the engine itself gives as reasons."""


def check_names(ruleset: Ruleset) -> Iterator[Diagnostic]:
    """Every problem between parts; `ruleset` may still be unusable."""
    yield from _unique_ids(ruleset)
    rules = {r.id: r for r in ruleset.rules}
    signals = {s.id for s in ruleset.signals} | {
        d.signal for d in ruleset.decisions if d.signal is not None
    }
    for decision in ruleset.decisions:
        given = decision.given
        yield from _known(decision, "rule", [*given.failed, *given.passed, *decision.waive], rules)
        yield from _known(decision, "signal", given.signal, signals)
        for name in decision.waive:
            if name in rules and rules[name].legal:
                yield Diagnostic(
                    decision.place,
                    "waives-legal",
                    f"`{decision.id}` waives `{name}`, which is marked `legal: true`",
                    "a legal rule can't be waived",
                )
    yield from _one_queue(ruleset)


def _unique_ids(ruleset: Ruleset) -> Iterator[Diagnostic]:
    seen: dict[str, Place] = {}
    parts: list[Rule | Signal | Decision | Pool] = [
        *ruleset.rules,
        *ruleset.signals,
        *ruleset.decisions,
        *ruleset.pools,
    ]
    for part in parts:
        if part.id in RESERVED:
            yield Diagnostic(part.place, "duplicate-id", f"the id `{part.id}` is reserved")
        elif part.id in seen:
            yield Diagnostic(
                part.place,
                "duplicate-id",
                f"the id `{part.id}` is taken",
                f"it stands at {seen[part.id]} too",
            )
        seen.setdefault(part.id, part.place)


def _known(
    decision: Decision, kind: str, names: Iterable[str], known: Iterable[str]
) -> Iterator[Diagnostic]:
    known = set(known)
    for name in names:
        if name not in known:
            yield Diagnostic(
                decision.place,
                f"unknown-{kind}",
                f"`{decision.id}` speaks of the {kind} `{name}`, which does not exist",
                did_you_mean(name, known),
            )


def _one_queue(ruleset: Ruleset) -> Iterator[Diagnostic]:
    """Candidates stand in one queue: with two, «first come» would have no meaning."""

    def spoken(order: tuple[Order, ...]) -> str:
        return ", ".join(f"{o.by.text} {'desc' if o.descending else 'asc'}" for o in order)

    for pool in ruleset.pools[1:]:
        first = ruleset.pools[0]
        if [(o.by.tree, o.descending) for o in pool.order] != [
            (o.by.tree, o.descending) for o in first.order
        ]:
            yield Diagnostic(
                pool.place,
                "pool-order",
                f"`{pool.id}` queues by {spoken(pool.order) or 'nothing'}, "
                f"but `{first.id}` by {spoken(first.order) or 'nothing'}",
                "all pools share one queue: give them the same `order`",
            )
