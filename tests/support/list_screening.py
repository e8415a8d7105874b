"""Lists read and screened, many in one go, and written again: nobody is lost, nothing changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pac

from adapters.backends.duckdb import DuckDBBackend
from adapters.config.load import Project, candidate_fields
from adapters.listing import candidates_of, read_list
from adapters.sources.conventions import SPACES
from adapters.sources.text_list import TextList
from adapters.writing import file_names, write_allowed
from engine.language.vocabulary import FactType
from engine.screening.facts import INVALID, FactState, state_column
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
    RowNumber,
)
from engine.screening.screen import screen
from tests.support.list_projects import IDENTITIES, reading_project

if TYPE_CHECKING:
    from engine.ports import Backend

AS_OF = datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Europe/Rome"))
# Between the number of a list and the ids of its rows, where lists are screened together.
MARK = "\x1f"


class _Kept:
    """In place of a backend: keeps the table of a list that it is given."""

    table: pa.Table

    def load(self, name: str, table: pa.Table) -> ir.Table:
        self.table = table
        return ibis.table(ibis.Schema.from_pyarrow(table.schema), name=name)


@dataclass(frozen=True)
class Read:
    """A list as the engine is given it, and its table of text."""

    project: Project
    listed: TextList
    candidates: CandidateList
    table: pa.Table


@dataclass(frozen=True)
class Outcome:
    """What became of a list's rows: the numbers of the allowed, the causes of the others, and the
    facts of all, each with its state.
    """

    read: Read
    allowed: list[int]
    causes: dict[int, str]
    facts: list[dict[str, Any]]


def read(project: Project, path: Path) -> Read:
    """Read a list; RefusedInput as a run would be refused."""
    listed = read_list(project, path, ())
    kept = _Kept()
    candidates, listed = candidates_of(project, listed, path, cast("Backend", kept), ())
    return Read(project, listed, candidates, kept.table)


def screened(reads: Sequence[Read]) -> list[Outcome]:
    """Screen lists as if they were one: a screening takes most of a second, however short.

    What is read in the same way stands in the same column, and no list shares its people with
    another.
    """
    ways: dict[tuple[Any, ...], str] = {}
    tables, offsets = [], [0]
    for number, one in enumerate(reads):
        tables.append(_with_others(one, number, offsets[-1], ways))
        offsets.append(offsets[-1] + one.table.num_rows)
    if not tables:
        return []
    fields = {name: _said(*way[1:]) for way, name in ways.items()}
    project = reading_project(["candidate_id", *ways.values()], fields)
    whole = pa.concat_tables(tables, promote_options="default")
    backend = DuckDBBackend()
    try:
        inputs = Inputs(
            CandidateList(
                table=backend.load("list", whole),
                titles={name: name for name in whole.column_names},
                candidate_id=Columns(("id",)),
                customer_id=Columns(("customer",)),
                offer_id=Columns(("offer",)),
                channel=Columns(("channel",)),
                contact_at=Field(
                    "candidate.contact_at", "contact_at", FactType.TIMESTAMP, "Europe/Rome"
                ),
                fields=tuple(candidate_fields(project.config)),
            ),
            (),
            AS_OF,
            "Europe/Rome",
        )
        screening = screen(project.ruleset, inputs, backend)
        causes = {row[ROW]: row["cause"] for row in screening.blocked(backend)}
        allowed = [row[ROW] for row in backend.rows(screening.allowed_rows())]
        facts = backend.rows(screening.facts.order_by(ROW))
    finally:
        backend.close()
    return [
        _outcome(one, offset, ways, allowed, causes, facts)
        for one, offset in zip(reads, offsets, strict=False)
    ]


def _with_others(one: Read, number: int, offset: int, ways: dict[tuple[Any, ...], str]) -> pa.Table:
    """The list's rows as rows of the one that all are screened in."""
    table, mine = one.table, one.candidates
    columns = {ROW: pac.add(table[ROW], offset), PROBLEM: table[PROBLEM]}
    told = (mine.candidate_id, mine.customer_id, mine.offer_id, mine.channel)
    for part, identity in zip(IDENTITIES, told, strict=True):
        own = f"{number}{MARK}" if part in ("id", "customer") else ""
        columns[part] = pa.array(_identities(table, identity, own), pa.string())
    if mine.contact_at is not None:
        columns["contact_at"] = table[mine.contact_at.column]
    else:
        columns["contact_at"] = pa.array([AS_OF.isoformat()] * table.num_rows)
    for field in mine.fields:
        columns[ways.setdefault(_way(field), f"f{len(ways)}")] = table[field.column]
    return pa.table(columns)


def _identities(table: pa.Table, identity: Identity, own: str) -> list[str | None]:
    """What identifies each row; what is blank or unreadable stays so."""
    if isinstance(identity, Constant):
        return [identity.value] * table.num_rows
    if isinstance(identity, RowNumber):
        return [f"{own}{row}" for row in table[ROW].to_pylist()]
    found: list[str | None] = []
    for cells in zip(*(table[name].to_pylist() for name in identity.names), strict=True):
        parts = [(cell or "").strip(SPACES) for cell in cells]
        spoiled = next((part for part in parts if part in ("", UNREADABLE)), None)
        found.append(own + "|".join(parts) if spoiled is None else spoiled)
    return found


def _way(field: Field) -> tuple[Any, ...]:
    return field.fact, field.type, field.format, field.decimal, field.separator


def _said(kind: FactType, form: str | None, decimal: str, separator: str | None) -> dict[str, Any]:
    """A field for config.yaml that is read in that way."""
    said = {"type": str(kind), "format": form, "separator": separator}
    if decimal != ".":
        said["decimal"] = decimal
    return {key: value for key, value in said.items() if value is not None}


def _outcome(
    one: Read,
    offset: int,
    ways: Mapping[tuple[Any, ...], str],
    allowed: Sequence[int],
    causes: Mapping[int, str],
    facts: Sequence[Mapping[str, Any]],
) -> Outcome:
    """The part of a screening that is of one list, whose rows begin behind `offset`."""
    mine, rows = range(offset + 1, offset + one.table.num_rows + 1), []
    for row in facts:
        if row[ROW] not in mine:
            continue
        told = {ROW: row[ROW] - offset, INVALID: _in_own_words(row[INVALID], one.candidates)}
        for part in ("candidate_id", "customer_id", "contact_at"):
            told[part] = row[f"candidate.{part}"]
        for field in one.candidates.fields:
            fact = f"candidate.{ways[_way(field)]}"
            told[field.fact] = row[fact]
            told[state_column(field.fact)] = FactState(row[state_column(fact)])
        rows.append(told)
    return Outcome(
        read=one,
        allowed=[row - offset for row in allowed if row in mine],
        causes={row - offset: cause for row, cause in causes.items() if row in mine},
        facts=rows,
    )


def _in_own_words(sentence: str | None, candidates: CandidateList) -> str | None:
    """A sentence on what identifies, with the list's own titles."""
    if sentence is None:
        return None
    told = (candidates.candidate_id, candidates.customer_id, candidates.offer_id)
    for part, identity in zip(IDENTITIES, told, strict=False):
        if isinstance(identity, Columns):
            title = candidates.titles[identity.names[0]]
            sentence = sentence.replace(f"cell `{part}`", f"cell `{title}`")
    if candidates.contact_at is not None:
        title = candidates.titles[candidates.contact_at.column]
        sentence = sentence.replace("cell `contact_at`", f"cell `{title}`")
    return sentence


def check_conserved(outcome: Outcome, folder: Path) -> None:
    """Each row is allowed or blocked, and the allowed ones come out cell for cell as they went in."""
    project, listed, allowed = outcome.read.project, outcome.read.listed, outcome.allowed
    rows = sorted([*listed.rows.to_pylist(), *(row for row, _ in listed.misfits)])
    assert rows == list(range(1, len(rows) + 1))
    assert sorted([*allowed, *outcome.causes]) == rows
    assert all(outcome.causes[row] == "invalid" for row, _ in listed.misfits)
    folder.mkdir(parents=True, exist_ok=True)
    write_allowed(project, listed, pa.array(allowed, pa.int64()), folder)
    path = folder / file_names(project, listed)["allowed"]
    chosen = pac.is_in(listed.rows, value_set=pa.array(allowed, pa.int64()))
    if listed.form == "jsonl" and listed.original is not None:
        lines = listed.original.column(0).filter(chosen).to_pylist()
        mark = b"\xef\xbb\xbf" if listed.mark else b""
        assert path.read_bytes() == mark + b"".join(line + b"\n" for line in lines)
        return
    if not allowed and not listed.headed:
        # Nothing is left to tell a list by.
        assert not path.read_bytes().strip(b"\xff\xfe\xef\xbb\xbf")
        return
    again = read_list(project, path, ())
    assert not again.misfits
    assert again.header == listed.header
    assert again.table.to_pylist() == listed.table.filter(chosen).to_pylist()
