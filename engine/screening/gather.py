"""Candidates and sources → one wide table of facts, each a value, absent, or unknown and why.

The table has the columns `row`, `invalid`, and for every needed fact its value and its state
(`engine.screening.facts`). Absence is only ever concluded from a source that was read whole and
is fresh, for a key that is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.vocabulary import BUILT_IN
from engine.ports import Backend, Dialect
from engine.screening.asking import asked, same_keys, unusable_key
from engine.screening.facts import (
    INVALID,
    FactState,
    cleaned,
    dated_column,
    field_columns,
    ibis_type,
    microseconds,
    problem_column,
    state_column,
)
from engine.screening.inputs import (
    PROBLEM,
    ROW,
    UNREADABLE,
    CandidateList,
    Columns,
    Constant,
    Field,
    Identity,
    Inputs,
)
from engine.screening.relations import ByName, columns_of, filtered, joined, selected
from engine.screening.sources import SourceRows, source_rows

_TWICE = "The candidate id stands on more than one row"
_CONTACT_AT = "The cell `{}` holds no moment that can be read"


def needed_facts(facts: Iterable[str], inputs: Inputs) -> frozenset[str]:
    """`facts` and those that the sources they come from are joined on, and so on."""
    needed = {*facts, *(f.name for f in BUILT_IN)}
    for source in reversed(inputs.sources):
        if any(name.startswith(f"{source.name}.") for name in needed):
            needed |= {fact for _, fact in source.keys}
    return frozenset(needed)


@dataclass(frozen=True)
class Wide:
    """The wide table, and why sources can't be used of which only their rows showed it."""

    table: ir.Table
    failures: Mapping[str, str]


def gather(inputs: Inputs, facts: Collection[str], backend: Backend) -> Wide:
    """The wide table for `facts` (as `needed_facts` gives them), one row per row of the list.

    Sources that are read whole are joined at once. Those that are asked about keys wait until
    these are known, and so does what is joined through them.

    Raises DuplicateKey when a source has two rows for one key.
    """
    candidates = backend.keep("candidates", _candidates(inputs, facts, backend.dialect))
    waiting = source_rows(inputs, facts, backend)
    failures = {rows.source.name: rows.why for rows in waiting if rows.why}
    table = _told_apart(candidates, backend)
    while True:
        ready = [rows for rows in waiting if not _waits(rows, waiting)]
        table = _joined(table, ready)
        waiting = [rows for rows in waiting if _waits(rows, waiting)]
        if not waiting:
            return Wide(table, failures)
        # Fewer wait each time, so no name is taken twice.
        table = backend.keep(f"facts but of {len(waiting)}", table)
        names = {rows.source.name for rows in waiting}
        waiting = [
            asked(rows, table, backend) if rows.to_ask and not names & through(rows) else rows
            for rows in waiting
        ]


def through(rows: SourceRows) -> set[str]:
    """The sources (or the list) whose facts a source is joined on."""
    return {fact.split(".", 1)[0] for _, fact in rows.source.keys}


def _waits(rows: SourceRows, waiting: list[SourceRows]) -> bool:
    """Whether a source, or one it is joined through, has yet to be asked."""
    mine = through(rows)
    return rows.to_ask or any(
        other.source.name in mine and _waits(other, waiting) for other in waiting
    )


def _joined(table: ir.Table, sources: list[SourceRows]) -> ir.Table:
    """The table with the facts of these sources."""
    known, links, read = set(table.columns), [], []
    for rows in sources:
        source = rows.source
        if any(fact not in known for _, fact in source.keys):
            # A source that it is joined through can't be used, so no key is known.
            read.append(replace(rows, table=None, failure=FactState.KEY_MISSING))
            continue
        if rows.table is not None:
            links.append((rows.table, partial(same_keys, source)))
            known.update(rows.table.columns)
        read.append(rows)
    every = joined(table, *links)
    columns = columns_of(every)
    told = {name: columns[name] for name in table.columns}
    for rows in read:
        told |= _facts_of(rows, columns, told)
    return selected(every, told)


def _facts_of(rows: SourceRows, joined: ByName, known: dict[str, Any]) -> dict[str, Any]:
    """Value, state and date of a source's facts, from the columns of the joined table.

    `known` has the states of the facts that the source's keys are made of.
    """
    source, columns = rows.source, {}
    if rows.table is None:
        columns[dated_column(source.name)] = ibis.literal("null")
        for field in rows.wanted:
            columns[field.fact] = ibis.null(ibis_type(field.type))
            columns[state_column(field.fact)] = ibis.literal(int(rows.failure), type="int8")
        return columns
    key_missing = unusable_key(source, known)
    # A key that has no value matches no row, unless it may be absent: then one that is unknown
    # meets the row of those who have none.
    hidden = key_missing if source.optional else None

    def seen(column: str) -> Any:
        return joined[column] if hidden is None else ibis.cases((~hidden, joined[column]))

    columns[dated_column(source.name)] = seen(dated_column(source.name)).fill_null("null")
    if source.lookup is not None:
        columns[problem_column(source.name)] = seen(problem_column(source.name))
    missing = ibis.cases((key_missing, int(FactState.KEY_MISSING)), else_=int(FactState.ABSENT))
    missing = missing.cast("int8")
    for field in rows.wanted:
        columns[state_column(field.fact)] = seen(state_column(field.fact)).fill_null(missing)
        columns[field.fact] = seen(field.fact)
    return columns


def _candidates(inputs: Inputs, facts: Collection[str], dialect: Dialect) -> ir.Table:
    candidates = inputs.candidates
    fields = [field for field in candidates.fields if field.fact in facts]
    identities = {
        "candidate.candidate_id": candidates.candidate_id,
        "candidate.customer_id": candidates.customer_id,
        "candidate.offer_id": candidates.offer_id,
        "candidate.channel": candidates.channel,
    }
    texts = {field.column for field in (*fields, candidates.contact_at) if field is not None}
    for identity in identities.values():
        texts |= set(identity.names if isinstance(identity, Columns) else ())
    cells = cleaned(candidates.table, sorted(texts), dialect)
    columns: dict[str, Any] = {ROW: cells[ROW]}
    for name, identity in identities.items():
        columns[name] = _identity(cells, identity)
    contact_at, unreadable = _contact_at(cells, candidates, inputs, dialect)
    columns["candidate.contact_at"] = contact_at
    for fact in BUILT_IN:
        columns[state_column(fact.name)] = _known(columns[fact.name])
    for field in fields:
        columns |= field_columns(cells, field, dialect)
    columns[INVALID] = ibis.coalesce(
        cells[PROBLEM],
        *(_why_nobody(cells, identity, candidates) for identity in identities.values()),
        ibis.cases((unreadable, _CONTACT_AT.format(_title(candidates, candidates.contact_at)))),
    )
    return selected(cells, columns)


def _told_apart(candidates: ir.Table, backend: Backend) -> ir.Table:
    """The candidates; those whose id stands on another row too are marked as no candidates."""
    identity = "candidate.candidate_id"
    named = filtered(candidates, candidates[identity].notnull())
    counted = named.group_by(id=named[identity]).aggregate(many=named.count())
    twice = backend.keep("ids on several rows", filtered(counted, counted["many"] > 1))
    both = joined(candidates, (twice, lambda mine, theirs: [mine[identity] == theirs["id"]]))
    columns = columns_of(both)
    repeated = ibis.cases((columns["many"].notnull(), _TWICE))
    told = {name: columns[name] for name in candidates.columns}
    return selected(both, told | {INVALID: ibis.coalesce(told[INVALID], repeated)})


def _identity(cells: ir.Table, identity: Identity) -> Any:
    """The text that identifies; null when any part of it is blank."""
    match identity:
        case Constant(value=value):
            return ibis.literal(value)
        case Columns(names=names):
            parts = [cells[name].nullif("").nullif(UNREADABLE) for name in names]
            return reduce(lambda left, right: left + "|" + right, parts)
    return cells[ROW].cast("string")


def _why_nobody(cells: ir.Table, identity: Identity, candidates: CandidateList) -> Any:
    """The sentence for a row of which a cell that identifies is blank or can't be read."""
    if not isinstance(identity, Columns):
        return ibis.null("string")
    cases = []
    for name in identity.names:
        text, title = cells[name], candidates.titles[name]
        cases.append((text.isnull() | (text == ""), f"The cell `{title}` is blank"))
        cases.append((text == UNREADABLE, f"The cell `{title}` can't be read"))
    return ibis.cases(*cases)


def _title(candidates: CandidateList, field: Field | None) -> str:
    return candidates.titles[field.column] if field is not None else ""


def _contact_at(
    cells: ir.Table, candidates: CandidateList, inputs: Inputs, dialect: Dialect
) -> tuple[Any, Any]:
    """The moment of contact, and whether a cell that should tell it can't be read."""
    as_of = ibis.literal(microseconds(inputs.as_of), type="int64")
    field = candidates.contact_at
    if field is None:
        return as_of, ibis.literal(value=False)
    text: Any = cells[field.column]
    moment = dialect.parse(text, field.type, field)
    blank = text.isnull() | (text == "")
    return moment, moment.isnull() & ~blank


def _known(value: Any) -> Any:
    return ibis.cases((value.isnull(), int(FactState.ABSENT)), else_=int(FactState.VALUE)).cast(
        "int8"
    )
