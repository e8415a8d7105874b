"""What each rule, decision and pool of a rulebook made of each candidate, as one small code.

Two rulebooks are compared by these codes, so there is one for all that makes a difference to a
contact: not only whether a part is a reason to block, but why it is not.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.ruleset import Decision, Outcome, Pool, Rule, Ruleset
from engine.screening.allocate import DUPLICATE, denies_column, draws_column
from engine.screening.facts import INVALID
from engine.screening.judge import blocks_column, decision_column, waived
from engine.screening.match import rule_column


class Standing(IntEnum):
    """What a part of a rulebook made of a candidate; up to `INVALID` it is a reason to block."""

    FAILED = 1
    UNKNOWN = 2
    DECISION = 3
    NO_ROOM = 4
    DUPLICATE = 5
    INVALID = 6
    PASSED = 7
    NOT_APPLICABLE = 8
    WAIVED = 9
    SHADOW = 10
    WARNING = 11
    LET_THROUGH = 12
    FIRED = 13
    NOT_FIRED = 14
    GRANTED = 15
    NOT_DRAWN = 16
    READABLE = 17
    NOT_ASKED = 18
    NOT_THERE = 19

    @property
    def blocks(self) -> bool:
        return self <= Standing.INVALID

    @property
    def words(self) -> str:
        """As people and programs read it."""
        return _WORDS.get(self, self.name.lower().replace("_", "-"))


_WORDS = {
    Standing.SHADOW: "in-shadow-mode",
    Standing.WARNING: "a-warning-only",
    Standing.LET_THROUGH: "unknown-but-allowed",
    Standing.NOT_THERE: "not-in-the-rulebook",
}


def parts_of(ruleset: Ruleset) -> list[str]:
    """Ids of all that can be a reason, and of every decision, sorted; unique in a rulebook."""
    named: list[Rule | Decision | Pool]
    named = [*ruleset.rules, *ruleset.decisions, *ruleset.pools]
    return sorted([*(part.id for part in named), DUPLICATE, INVALID])


def standings(ruleset: Ruleset, verdicts: ir.Table) -> dict[str, Any]:
    """A column of `Standing` codes for each of `parts_of(ruleset)`, never null.

    `verdicts` has outcomes, decisions, denials and `allowed`, as `settle` makes them.
    """
    columns: dict[str, Any] = {r.id: _of_rule(ruleset, r, verdicts) for r in ruleset.rules}
    for decision in ruleset.decisions:
        fired = verdicts[decision_column(decision.id)] > 0
        what = Standing.FIRED if decision.block is None else Standing.DECISION
        columns[decision.id] = _first((fired, what), otherwise=Standing.NOT_FIRED)
    for pool in [*(p.id for p in ruleset.pools), DUPLICATE]:
        columns[pool] = _first(
            (
                verdicts[denies_column(pool)],
                Standing.DUPLICATE if pool == DUPLICATE else Standing.NO_ROOM,
            ),
            (verdicts[draws_column(pool)] & verdicts["allowed"], Standing.GRANTED),
            otherwise=Standing.NOT_DRAWN,
        )
    invalid = verdicts[INVALID].notnull()
    columns[INVALID] = _first((invalid, Standing.INVALID), otherwise=Standing.READABLE)
    return columns


def _of_rule(ruleset: Ruleset, rule: Rule, verdicts: ir.Table) -> Any:
    outcome = verdicts[rule_column(rule.id)]
    failed, unknown = outcome == Outcome.FAILED.value, outcome == Outcome.UNKNOWN.value
    branches = []
    if rule.can_block:
        blocks = verdicts[blocks_column(rule.id)]
        branches += [(blocks & failed, Standing.FAILED), (blocks & unknown, Standing.UNKNOWN)]
    branches.append(((failed | unknown) & waived(ruleset, rule.id, verdicts), Standing.WAIVED))
    if not rule.can_block:
        silent = Standing.SHADOW if rule.shadow else Standing.WARNING
        branches.append((failed | unknown, silent))
    branches += [
        (unknown, Standing.LET_THROUGH),
        (outcome == Outcome.NOT_APPLICABLE.value, Standing.NOT_APPLICABLE),
        (outcome.notnull(), Standing.PASSED),
    ]
    return _first(*branches, otherwise=Standing.NOT_ASKED)


def _first(*branches: tuple[Any, Standing], otherwise: Standing) -> Any:
    cases = ((condition, standing.value) for condition, standing in branches)
    return ibis.cases(*cases, else_=otherwise.value).cast("int8")
