"""Two rulebooks on one list: who is newly blocked, who newly allowed, and which rules moved them.

Each rulebook screens the list (`engine.screening.sides`); the two results meet row by row in one table, from which
everything is counted. It conserves: each row is counted once on both sides, and each candidate
that moved names what moved it, or UpfrontError is raised.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import or_
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.diagnostics import UpfrontError
from engine.language.ruleset import Ruleset
from engine.ports import Backend
from engine.screening.allocate import DUPLICATE
from engine.screening.balanced import balanced
from engine.screening.inputs import ROW
from engine.screening.sides import SIDES, Dimension, Side, blocks
from engine.screening.standing import Standing, parts_of

TOP = 20
"""How many values of a column are told one by one; the others are told together."""
VERDICTS = ("same_allowed", "same_blocked", "newly_blocked", "newly_allowed")
_MOVED = {"newly_blocked": ("after", "before"), "newly_allowed": ("before", "after")}
"""Those who moved: the side with the reasons, and the other."""


def compare(
    before: Side, after: Side, by: Sequence[Dimension], samples: int, backend: Backend
) -> dict[str, Any]:
    """What the second rulebook would change.

    Keys: `counts` {read, same_allowed, same_blocked, newly_blocked, newly_allowed}; `before` and
    `after` {allowed, blocked}; `moved_by` {newly_blocked | newly_allowed: [{rule, candidates,
    alone, outcomes {…}, and what the other side made of it: before | after {…}, waived_by {…}}]};
    `by` [{column, values [{value, read, allowed_before, allowed_after, newly_blocked,
    newly_allowed}], rest {values, …}}]; `pools` {id: {before, after: {granted, denied} or None}};
    `other_reasons` {candidates, rules [{rule, gone, new, changed}]} of those blocked on both sides;
    `samples` {newly_blocked | newly_allowed: [{candidate_id, rules […]}]}, at most `samples` each,
    of as many rules as possible.
    """
    table = _joined(before, after, backend)
    counts = _counts(before, after, table, backend)
    both = {before.name: before, after.name: after}
    return {
        "counts": counts,
        "before": {
            "allowed": counts["same_allowed"] + counts["newly_blocked"],
            "blocked": counts["same_blocked"] + counts["newly_allowed"],
        },
        "after": {
            "allowed": counts["same_allowed"] + counts["newly_allowed"],
            "blocked": counts["same_blocked"] + counts["newly_blocked"],
        },
        "moved_by": _moved_by(both, table, backend),
        "by": [_breakdown(d, table, counts, backend) for d in by],
        "pools": _pools(both, table, backend),
        "other_reasons": _other_reasons(both, table, backend),
        "samples": {kind: _samples(kind, both, table, samples, backend) for kind in _MOVED},
    }


def _joined(before: Side, after: Side, backend: Backend) -> ir.Table:
    table = before.table.join(after.table, ROW)
    was, is_now = table["before:allowed"], table["after:allowed"]
    flags = zip(VERDICTS, (was & is_now, ~was & ~is_now, was & ~is_now, ~was & is_now), strict=True)
    return backend.keep("compared", table.mutate(**dict(flags)))


def _counts(before: Side, after: Side, table: ir.Table, backend: Backend) -> dict[str, int]:
    """The verdicts of both sides against each other; UpfrontError unless every row is there."""
    told: dict[str, int] = {}
    for one in (before, after):
        allowed = one.table[f"{one.name}:allowed"]
        reasons = one.table[f"{one.name}:reasons"]
        wrong = (allowed != (reasons == 0)).sum()
        row = backend.rows(one.table.aggregate(n=one.table.count(), yes=allowed.sum(), wrong=wrong))
        told |= {f"{one.name} {key}": int(value or 0) for key, value in row[0].items()}
    numbers = {name: table[name].sum() for name in VERDICTS}
    row = backend.rows(table.aggregate(read=table.count(), **numbers))
    counts = {key: int(value or 0) for key, value in row[0].items()}
    allowed_before = counts["same_allowed"] + counts["newly_blocked"]
    allowed_after = counts["same_allowed"] + counts["newly_allowed"]
    if (
        not told["before n"]
        == told["after n"]
        == counts["read"]
        == sum(counts[name] for name in VERDICTS)
        or (told["before yes"], told["after yes"]) != (allowed_before, allowed_after)
        or told["before wrong"] + told["after wrong"]
    ):
        raise UpfrontError(
            f"the two sides do not add up: {told['before n']} rows before, {told['after n']} after, "
            f"{counts['read']} compared",
            "if both configurations read the list in the same way, please report this as a defect",
        )
    return counts


def _moved_by(
    sides: Mapping[str, Side], table: ir.Table, backend: Backend
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, (name, other) in _MOVED.items():
        mine, theirs = sides[name], sides[other]
        moved = table.filter(table[kind])
        codes: dict[str, Any] = {}
        for part in parts_of(mine.ruleset):
            standing, was = mine.standing(part, moved), theirs.standing(part, moved)
            alone = ibis.cases((moved[f"{name}:reasons"] == 1, 1), else_=0)
            code = standing.cast("int64") + was * 32 + alone * 1024
            codes[f"part {part}"] = ibis.cases((blocks(standing), code))
            for waiver in _waivers(theirs.ruleset, part):
                fired = theirs.standing(waiver, moved) == Standing.FIRED.value
                lifted = blocks(standing) & (was == Standing.WAIVED.value) & fired
                codes[f"waiver {part} {waiver}"] = ibis.cases((lifted, 1))
        found[kind] = _tabled(other, _tally(moved, codes, backend))
    return found


def _waivers(ruleset: Ruleset, rule: str) -> list[str]:
    return [d.id for d in ruleset.decisions if rule in d.waive]


def _tabled(other: str, counted: Iterator[tuple[str, int, int]]) -> list[dict[str, Any]]:
    rules: dict[str, dict[str, Any]] = defaultdict(
        lambda: (
            {"candidates": 0, "alone": 0, "outcomes": Counter(), other: Counter()}
            | {"waived_by": Counter()}
        )
    )
    for name, code, rows in counted:
        kind, rule, *waiver = name.split(" ")
        if kind == "waiver":
            rules[rule]["waived_by"][waiver[0]] += rows
            continue
        rules[rule]["candidates"] += rows
        rules[rule]["alone"] += rows if code >= 1024 else 0
        rules[rule]["outcomes"][Standing(code % 32).words] += rows
        rules[rule][other][Standing(code // 32 % 32).words] += rows
    listed = sorted(rules.items(), key=lambda item: (-item[1]["candidates"], item[0]))
    return [
        {"rule": rule, **{k: dict(v) if isinstance(v, Counter) else v for k, v in told.items()}}
        for rule, told in listed
    ]


def _breakdown(
    dimension: Dimension, table: ir.Table, counts: Mapping[str, int], backend: Backend
) -> dict[str, Any]:
    by = f"by {dimension.name}"
    numbers = {
        "read": table.count(),
        "allowed_before": table["before:allowed"].sum(),
        "allowed_after": table["after:allowed"].sum(),
        "newly_blocked": table["newly_blocked"].sum(),
        "newly_allowed": table["newly_allowed"].sum(),
    }
    grouped = backend.keep("by", table.group_by(value=table[by]).aggregate(**numbers))
    moved = grouped["newly_blocked"] + grouped["newly_allowed"]
    order = [moved.desc(), grouped["read"].desc(), grouped["value"]]
    top = backend.rows(grouped.order_by(order).limit(TOP))
    sums = {name: grouped[name].sum() for name in numbers}
    whole = backend.rows(grouped.aggregate(values=grouped.count(), **sums))[0]
    # The sum of nothing, of a list without rows, is null.
    every = {name: int(value or 0) for name, value in whole.items()}
    rest = {name: every[name] - sum(r[name] for r in top) for name in numbers}
    if any(every[name] != counts[name] for name in ("read", "newly_blocked", "newly_allowed")):
        raise UpfrontError(
            f"the values of {dimension.name} do not add up to the list",
            "please report this as a defect",
        )
    return {
        "column": dimension.name,
        "values": top,
        "rest": {"values": every["values"] - len(top), **rest},
    }


def _pools(sides: Mapping[str, Side], table: ir.Table, backend: Backend) -> dict[str, Any]:
    pools = {name: [*(p.id for p in s.ruleset.pools), DUPLICATE] for name, s in sides.items()}
    denied = (Standing.NO_ROOM, Standing.DUPLICATE)
    codes = {f"{n} {p}": s.standing(p, table) for n, s in sides.items() for p in pools[n]}
    found: dict[str, dict[str, Any]] = {
        pool: {n: {"granted": 0, "denied": 0} if pool in pools[n] else None for n in SIDES}
        for pool in sorted({*pools["before"], *pools["after"]})
    }
    for name, code, rows in _tally(table, codes, backend):
        one, pool = name.split(" ")
        if code == Standing.GRANTED or code in denied:
            found[pool][one]["granted" if code == Standing.GRANTED else "denied"] += rows
    return found


def _other_reasons(sides: Mapping[str, Side], table: ir.Table, backend: Backend) -> dict[str, Any]:
    """Those blocked on both sides whose reasons are not the same, and by what they differ."""
    parts = sorted({part for s in sides.values() for part in parts_of(s.ruleset)})
    blocked = table.filter(table["same_blocked"])
    codes, differs = {}, []
    for part in parts:
        was, now = (sides[name].standing(part, blocked) for name in SIDES)
        change = ibis.cases(
            (blocks(was) & blocks(now) & (was != now), 3),
            (blocks(was) & ~blocks(now), 1),
            (~blocks(was) & blocks(now), 2),
        )
        codes[part] = change
        differs.append(change.notnull())
    any_ = balanced(or_, differs)
    rules: dict[str, dict[str, int]] = defaultdict(lambda: {"gone": 0, "new": 0, "changed": 0})
    for part, code, rows in _tally(blocked, codes, backend):
        rules[part][("gone", "new", "changed")[code - 1]] += rows
    listed = sorted(rules.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    row = backend.rows(blocked.aggregate(n=any_.sum()))
    return {
        "candidates": int(row[0]["n"] or 0),
        "rules": [{"rule": rule, **told} for rule, told in listed],
    }


def _samples(
    kind: str, sides: Mapping[str, Side], table: ir.Table, samples: int, backend: Backend
) -> list[dict[str, Any]]:
    """Some who moved, of as many rules as possible: the first of each rule, then the second …"""
    name, other = _MOVED[kind]
    mine, theirs = sides[name], sides[other]
    parts = parts_of(mine.ruleset)
    moved = table.filter(table[kind])
    first = ibis.coalesce(*(ibis.cases((blocks(mine.standing(p, moved)), p)) for p in parts))
    nth = ibis.row_number().over(ibis.window(group_by=first, order_by=moved[ROW]))
    ranked = moved.mutate(nth=nth)
    rows = backend.rows(ranked.order_by([ranked["nth"], ranked[ROW]]).limit(samples))
    found = []
    for row in rows:
        rules = []
        for part in parts:
            standing = Standing(row[f"{name}:{part}"])
            if not standing.blocks:
                continue
            was = Standing(row.get(f"{other}:{part}", Standing.NOT_THERE))
            lifting = [
                w for w in _waivers(theirs.ruleset, part) if row[f"{other}:{w}"] == Standing.FIRED
            ]
            rules.append(
                {"rule": part, "outcome": standing.words, other: was.words}
                | ({"waived_by": lifting} if was is Standing.WAIVED else {})
            )
        found.append({"candidate_id": row["id"], "row": row[ROW], "rules": rules})
    return found


def _tally(
    table: ir.Table, codes: dict[str, Any], backend: Backend
) -> Iterator[tuple[str, int, int]]:
    """Each name with each of its codes, and how many rows have it: one pass over the table.

    Codes are below 2**16; a null is not counted.
    """
    if not codes:
        return
    marked = [code.cast("int64") + i * 2**16 for i, code in enumerate(codes.values())]
    flat = table.select(code=ibis.array(marked).unnest())
    names = list(codes)
    for row in backend.rows(flat.group_by("code").aggregate(n=flat.count())):
        if row["code"] is not None:
            number, code = divmod(row["code"], 2**16)
            yield names[number], code, row["n"]
