"""Stops a list of which more can't be read than config.yaml puts up with (`max_invalid`)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import ibis.expr.types as ir

from adapters.config.load import Project
from engine.diagnostics import UpfrontError
from engine.ports import Backend
from engine.screening.facts import INVALID
from engine.screening.gather import gather, needed_facts
from engine.screening.inputs import ROW, Inputs

_SHOWN = 3


class TooManyInvalid(UpfrontError):
    """More rows than `max_invalid` are no candidates."""


def check_read(project: Project, inputs: Inputs, rows: int, backend: Backend) -> None:
    """Raise TooManyInvalid for a list of so many rows that was read and not screened yet."""
    if project.config.candidates.max_invalid is not None:
        alone = replace(inputs, sources=())
        facts = gather(alone, needed_facts((), alone), backend).table
        check_facts(project, facts, rows, backend)


def check_facts(project: Project, facts: ir.Table, rows: int, backend: Backend) -> None:
    """Raise TooManyInvalid for a list of so many rows, by the table that gather made of it."""
    most = project.config.candidates.max_invalid
    if most is None:
        return
    invalid = facts.filter(facts[INVALID].notnull())
    count = backend.rows(invalid.aggregate(n=invalid.count()))[0]["n"]
    if count <= (most * rows if isinstance(most, Decimal) else most):
        return
    first = backend.rows(invalid.select(ROW, INVALID).order_by(ROW).limit(_SHOWN))
    shown = "; ".join(f"row {row[ROW]}: {row[INVALID]}" for row in first)
    limit = f"{(most * 100).normalize():f}%" if isinstance(most, Decimal) else str(most)
    raise TooManyInvalid(
        f"{count} of {rows} rows can't be read as candidates, more than `max_invalid: {limit}` "
        f"({shown}{'; …' if count > _SHOWN else ''}): nothing is released",
        "export the list again, or raise `max_invalid` in config.yaml",
    )
