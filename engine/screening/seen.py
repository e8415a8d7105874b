"""What reasons are written from, as columns: which hold, and the facts as texts.

Values become text here, in the backend that has them; what is made of the texts is
`engine.screening.explain`'s, the same for every backend.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from operator import or_
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.vocabulary import Vocabulary
from engine.ports import Dialect
from engine.screening.balanced import balanced
from engine.screening.columns import Compiler
from engine.screening.facts import FactState, dated_column, problem_column, state_column
from engine.screening.inputs import ROW
from engine.screening.reasons import Reason
from engine.screening.sentences import placeholders
from engine.screening.texts import json_text

MASK = "***"
"""What stands where a fact marked `pii` would."""
NOTHING = "—"
"""What stands in a sentence where a fact has no value."""


def shown_column(fact: str) -> str:
    """The column with a fact as `shown` has it."""
    return f"{fact}:shown"


def written_column(fact: str) -> str:
    """The column with a fact's value as JSON, null where it has none."""
    return f"{fact}:written"


def unmet_column(reason: str, number: int) -> str:
    """The column that is true where a rule's condition of this number did not hold."""
    return f"{reason}:unmet {number}"


def unknown_room_column(reason: str) -> str:
    """The column that is true where it is not known what a pool's room belongs to, or how much it is."""
    return f"{reason}:unknown room"


def seen(
    reasons: Iterable[Reason],
    table: ir.Table,
    compiler: Compiler,
    vocabulary: Vocabulary,
    zone: str,
    language: str,
) -> dict[str, Any]:
    """The columns of a judged table, with its facts and denials, that these reasons are written from.

    They are the row's number; the flags, outcomes and decisions that the reasons name; for rules of
    several conditions unmet_column of each; unknown_room_column for pools; for the facts they record state_column and written_column,
    with dated_column and problem_column of their sources; and shown_column for those in a
    sentence. `compiler` is for `table`.
    """
    names, columns = {ROW}, dict[str, Any]()
    looked_at, told = defaultdict[str, list[Any]](list), defaultdict[str, list[Any]](list)
    for reason in reasons:
        names |= {reason.flag, *(g.column for g in reason.given)}
        names |= {name for name in (reason.outcome, reason.fired) if name is not None}
        for name in reason.recorded:
            looked_at[name].append(table[reason.flag])
        for name in placeholders(reason.sentence.get(language, "")):
            told[name].append(table[reason.flag])
        if len(reason.conditions) > 1:
            for number, condition in enumerate(reason.conditions, 1):
                unmet = ~compiler.value(condition.tree).fill_null(False)
                columns[unmet_column(reason.id, number)] = unmet
        if reason.limit is not None:
            lacking = [table[state_column(name)] != int(FactState.VALUE) for name in reason.per]
            columns[unknown_room_column(reason.id)] = balanced(
                or_, [compiler.value(reason.limit.tree).isnull(), *lacking]
            )
    # A text is made only where a reason needs it: of all cells that is one in ten.
    for name, flags in sorted(looked_at.items()):
        fact = vocabulary[name]
        names |= {state_column(name), dated_column(fact.source), problem_column(fact.source)}
        text = _written(name, table, vocabulary, compiler.dialect, zone)
        columns[written_column(name)] = ibis.cases((balanced(or_, flags), text))
    for name, flags in sorted(told.items()):
        text = shown(name, table, vocabulary, compiler.dialect, zone)
        columns[shown_column(name)] = ibis.cases((balanced(or_, flags), text))
    return {name: table[name] for name in sorted(names) if name in table.columns} | columns


def shown(name: str, table: ir.Table, vocabulary: Vocabulary, dialect: Dialect, zone: str) -> Any:
    """A fact as a person reads it, NOTHING where it has no value, MASK where it is private."""
    fact = vocabulary[name]
    has_value = table[state_column(name)] == int(FactState.VALUE)
    text = ibis.literal(MASK) if fact.pii else dialect.show(table[name], fact.type, zone)
    return ibis.cases((has_value, text), else_=NOTHING)


def _written(
    name: str, table: ir.Table, vocabulary: Vocabulary, dialect: Dialect, zone: str
) -> Any:
    fact = vocabulary[name]
    if fact.pii:
        has_value = table[state_column(name)] == int(FactState.VALUE)
        return ibis.cases((has_value, json_text(MASK)))
    return dialect.json(table[name], fact.type, zone)
