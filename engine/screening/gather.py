"""Candidates and sources → one wide table of facts, each a value, absent, or unknown and why.

The table has the columns `row`, `invalid`, and for every needed fact its value and its state
(`engine.screening.facts`). Absence is only ever concluded from a source that was read whole and
is fresh, for a key that is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.vocabulary import BUILT_IN
from engine.ports import Backend, Dialect
from engine.screening.facts import (
    INVALID,
    FactState,
    as_of_column,
    dated_column,
    field_columns,
    ibis_type,
    microseconds,
    state_column,
)
from engine.screening.inputs import (
    CELLS,
    ROW,
    CandidateList,
    Columns,
    Constant,
    Identity,
    Inputs,
)
from engine.screening.sources import SourceRows, hit_column, key_columns, source_rows


def needed_facts(facts: Iterable[str], inputs: Inputs) -> frozenset[str]:
    """`facts` and those that the sources they come from are joined on, and so on."""
    needed = {*facts, *(f.name for f in BUILT_IN)}
    for source in reversed(inputs.sources):
        if any(name.startswith(f"{source.name}.") for name in needed):
            needed |= {fact for _, fact in source.keys}
    return frozenset(needed)


def gather(inputs: Inputs, facts: Collection[str], backend: Backend) -> ir.Table:
    """The wide table for `facts` (as `needed_facts` gives them), one row per row of the list.

    Raises DuplicateKey when a source has two rows for one key.
    """
    candidates = backend.keep("candidates", _candidates(inputs, facts, backend.dialect))
    sources = source_rows(inputs, facts, backend)
    joined = _told_apart(candidates, backend)
    own = joined.columns
    read = []
    for rows in sources:
        source = rows.source
        if any(fact not in joined.columns for _, fact in source.keys):
            # A source that it is joined through can't be used, so no key is known.
            read.append(replace(rows, table=None, failure=FactState.KEY_MISSING))
            continue
        if rows.table is not None:
            pairs = zip(source.keys, key_columns(source), strict=True)
            predicates = [joined[fact] == rows.table[key] for (_, fact), key in pairs]
            joined = joined.left_join(rows.table, predicates)
        read.append(rows)
    columns: dict[str, Any] = {name: joined[name] for name in own}
    for rows in read:
        columns |= _facts_of(rows, joined, columns)
    return joined.select(**columns)


def _facts_of(rows: SourceRows, joined: ir.Table, known: dict[str, Any]) -> dict[str, Any]:
    """Value, state and date of a source's facts in the joined table.

    `known` has the states of the facts that the source's keys are made of.
    """
    source, columns = rows.source, {}
    if rows.table is None:
        columns[dated_column(source.name)] = ibis.literal("null")
        for field in rows.wanted:
            columns[field.fact] = ibis.null(ibis_type(field.type))
            columns[state_column(field.fact)] = ibis.literal(int(rows.failure), type="int8")
        return columns
    moment = joined[as_of_column(source.name)]
    columns[dated_column(source.name)] = joined[dated_column(source.name)].fill_null("null")
    key_missing = reduce(
        lambda a, b: a | b,
        (known[state_column(fact)] != int(FactState.VALUE) for _, fact in source.keys),
    )
    no_row = joined[hit_column(source)].isnull()
    causes = [(key_missing, int(FactState.KEY_MISSING)), (no_row, int(FactState.ABSENT))]
    if source.as_of_field is not None and rows.oldest is not None:
        stale = moment.isnull() | (moment < rows.oldest)
        causes.append((stale, int(FactState.STALE)))
    usable = ibis.cases(*causes, else_=int(FactState.VALUE)).cast("int8")
    for field in rows.wanted:
        # The worse of what the row is and what the cell is; GREATEST leaves out the cell that is
        # not there, and lets the backend judge the row once for all of its fields.
        state = ibis.greatest(usable, joined[state_column(field.fact)])
        columns[state_column(field.fact)] = state
        columns[field.fact] = ibis.cases(
            (usable == int(FactState.VALUE), joined[field.fact]),
            else_=ibis.null(ibis_type(field.type)),
        )
    return columns


def _candidates(inputs: Inputs, facts: Collection[str], dialect: Dialect) -> ir.Table:
    candidates = inputs.candidates
    raw = candidates.table
    columns: dict[str, Any] = {ROW: raw[ROW]}
    identities = {
        "candidate.candidate_id": candidates.candidate_id,
        "candidate.customer_id": candidates.customer_id,
        "candidate.offer_id": candidates.offer_id,
        "candidate.channel": candidates.channel,
    }
    for name, identity in identities.items():
        columns[name] = _identity(raw, identity, dialect)
    contact_at, unreadable = _contact_at(raw, candidates, inputs, dialect)
    columns["candidate.contact_at"] = contact_at
    for fact in BUILT_IN:
        columns[state_column(fact.name)] = _known(columns[fact.name])
    for field in candidates.fields:
        if field.fact in facts:
            columns.update(field_columns(raw, field, dialect))
    columns[INVALID] = ibis.cases(
        (raw[CELLS].notnull(), "cells"),
        *((columns[n].isnull(), f"no-{n.split('.')[1]}") for n in identities),
        (unreadable, "contact_at"),
        else_=ibis.null("string"),
    )
    return raw.select(**columns)


def _told_apart(candidates: ir.Table, backend: Backend) -> ir.Table:
    """The candidates; those whose id stands on another row too are marked as no candidates."""
    identity = candidates["candidate.candidate_id"]
    counts = candidates.aggregate(ids=identity.count(), distinct=identity.nunique())
    found = backend.rows(counts)[0]
    if found["ids"] == found["distinct"]:
        # As in most lists: to ask costs a fraction of what marking every row does.
        return candidates
    twice = identity.count().over(ibis.window(group_by=identity)) > 1
    invalid = ibis.coalesce(candidates[INVALID], ibis.cases((twice, "id-twice")))
    return candidates.mutate(**{INVALID: invalid})


def _identity(raw: ir.Table, identity: Identity, dialect: Dialect) -> Any:
    """The text that identifies; null when any part of it is blank."""
    match identity:
        case Constant(value=value):
            return ibis.literal(value)
        case Columns(names=names):
            parts = [dialect.clean(raw[n]).nullif("") for n in names]
            return reduce(lambda left, right: left + "|" + right, parts)
    return raw[ROW].cast("string")


def _contact_at(
    raw: ir.Table, candidates: CandidateList, inputs: Inputs, dialect: Dialect
) -> tuple[Any, Any]:
    """The moment of contact, and whether a cell that should tell it can't be read."""
    as_of = ibis.literal(microseconds(inputs.as_of), type="int64")
    field = candidates.contact_at
    if field is None:
        return as_of, ibis.literal(value=False)
    text = dialect.clean(raw[field.column])
    moment = dialect.parse(text, field.type, field)
    blank = text.isnull() | (text == "")
    return moment, moment.isnull() & ~blank


def _known(value: Any) -> Any:
    return ibis.cases((value.isnull(), int(FactState.ABSENT)), else_=int(FactState.VALUE)).cast(
        "int8"
    )
