"""Every rule and every signal evaluated against the wide table, in one pass.

Gives a narrow table: `row`, `invalid`, a column `rule_column(id)` with the code of an `Outcome`
per rule and a column `signal_column(id)` with the code of a `Strength` per signal. A row that is
no candidate gets no outcome (null).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.ruleset import Condition, Outcome, Ruleset, Strength
from engine.screening.columns import Compiler
from engine.screening.facts import INVALID
from engine.screening.inputs import ROW
from engine.screening.relations import columns_of, selected


def rule_column(rule_id: str) -> str:
    """The column with a rule's outcome."""
    return f"rule:{rule_id}"


def signal_column(signal_id: str) -> str:
    """The column with a signal's own strength, before decisions raise it."""
    return f"signal:{signal_id}"


def match(ruleset: Ruleset, facts: ir.Table, compiler: Compiler, day: date) -> ir.Table:
    """The outcomes of `facts`; `day` is the run's, in the configured zone."""
    # In a table of their own, or each would be worked out again wherever an outcome asks for it.
    held: dict[str, Any] = {ROW: facts[ROW], INVALID: facts[INVALID]}
    for rule in ruleset.rules:
        if rule.in_effect(day):
            held[f"required {rule.id}"] = all_of(compiler, rule.require)
            if rule.applies:
                held[f"applies {rule.id}"] = all_of(compiler, rule.applies)
    for signal in ruleset.signals:
        if signal.when:
            held[f"when {signal.id}"] = all_of(compiler, signal.when)
    table = selected(facts, held)
    answers = columns_of(table)
    valid = answers[INVALID].isnull()
    columns: dict[str, Any] = {ROW: answers[ROW], INVALID: answers[INVALID]}
    for rule in ruleset.rules:
        outcome = _outcome(answers.get(f"required {rule.id}"), answers.get(f"applies {rule.id}"))
        columns[rule_column(rule.id)] = _if_valid(valid, outcome)
    for signal in ruleset.signals:
        strength = _strength(answers.get(f"when {signal.id}"))
        columns[signal_column(signal.id)] = _if_valid(valid, strength)
    return selected(table, columns)


def all_of(compiler: Compiler, conditions: tuple[Condition, ...]) -> ir.BooleanValue:
    """All of the conditions together; true when there are none."""
    return compiler.condition(tuple(c.tree for c in conditions))


def _outcome(required: Any, applies: Any) -> Any:
    """Of a rule that is in effect where `required` is given, and of all rows where `applies` is not."""
    if required is None:
        return _code(Outcome.NOT_APPLICABLE)
    if applies is None:
        return ibis.cases(
            (required, Outcome.PASSED.value),
            (~required, Outcome.FAILED.value),
            else_=Outcome.UNKNOWN.value,
        )
    return ibis.cases(
        (~applies, Outcome.NOT_APPLICABLE.value),
        (applies & required, Outcome.PASSED.value),
        (applies & ~required, Outcome.FAILED.value),
        (required, Outcome.PASSED_IF_IT_APPLIES.value),
        else_=Outcome.UNKNOWN.value,
    )


def _strength(when: Any) -> Any:
    if when is None:
        return _code(Strength.NO)
    return ibis.cases(
        (when, Strength.CERTAIN.value),
        (~when, Strength.NO.value),
        else_=Strength.POSSIBLE.value,
    )


def _code(value: Outcome | Strength) -> Any:
    return ibis.literal(value.value)


def _if_valid(valid: ir.BooleanValue, code: Any) -> Any:
    return ibis.cases((valid, code.cast("int8")), else_=ibis.null("int8"))
