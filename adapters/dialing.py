"""The allowed contacts as the dialer of config.yaml takes them: mapped, checked, written."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pac

from adapters.config.dialers import (
    DIALLED,
    GENESYS,
    LEAD,
    MOST_COLUMNS,
    MOST_CONTACTS,
    VICIDIAL,
    header_problem,
)
from adapters.config.documents import ConfigDocument
from adapters.config.output import CellDocument, OutputDocument
from adapters.outputs.dialers import (
    Unfit,
    blank,
    longer,
    no_number,
    other_than,
    plain_number,
    refuse_unfit,
    write_contact_list,
    write_lead_file,
)
from adapters.sources.cells import Cells
from adapters.sources.text_list import TextList
from adapters.sources.titles import titles_told
from engine.diagnostics import RefusedInput
from engine.language.vocabulary import did_you_mean
from engine.screening.inputs import UNREADABLE


def dialer_files(output: OutputDocument, contacts: int) -> dict[str, str]:
    """The files for the dialer when so many contacts are allowed: what each is, and its name.

    >>> dialer_files(OutputDocument(preset="vicidial-lead-file"), 3)
    {'vicidial-lead-file': 'vicidial-lead-file.txt'}
    """
    if output.preset == VICIDIAL:
        return {VICIDIAL: f"{VICIDIAL}.txt"}
    if output.preset != GENESYS:
        return {}
    parts = max(1, -(-contacts // MOST_CONTACTS))
    names = [GENESYS] if parts == 1 else [f"{GENESYS}-{n}" for n in range(1, parts + 1)]
    return {name: f"{name}.csv" for name in names} | {f"{GENESYS}-columns": f"{GENESYS}.json"}


def check_columns(output: OutputDocument, listed: TextList) -> None:
    """RefusedInput if the list lacks a column that the dialer's file is filled from, or would
    make a file that the dialer does not take.
    """
    if output.preset is None:
        return
    for name, cell in output.columns.items():
        if cell.column is not None:
            _source(output, listed, cell.column, name)
    if output.preset != GENESYS or output.columns:
        return
    titles = [title.strip() for title in listed.header]
    for title in titles:
        if header_problem(title) or titles.count(title) > 1 or not title:
            problem = header_problem(title) or f"`{title}` is the name of more than one column"
            raise _refused(output, problem if title else "a column has no name")
    if len(titles) > MOST_COLUMNS:
        raise _refused(output, f"{len(titles)} columns, where {MOST_COLUMNS} are the most")
    for name in [*output.phones, *([output.zone] if output.zone else [])]:
        _source(output, listed, name, name)


def _refused(output: OutputDocument, problem: str) -> RefusedInput:
    return RefusedInput(
        f"the list can't be written as `preset: {output.preset}`: {problem}",
        "name the columns to write: `output: {columns: {NAME: COLUMN}}`",
    )


def _source(output: OutputDocument, listed: TextList, column: str, name: str) -> str:
    """The table's column that fills a column of the dialer's file."""
    found = listed.column(column)
    if found is None:
        titles = [title.strip() for title in listed.header]
        hint = did_you_mean(column, titles) or titles_told(titles)
        more = " more than once" if titles.count(column) > 1 else ""
        raise RefusedInput(
            f"the list has the column `{column}`{more}, which fills `{name}` of {output.preset}"
            if more
            else f"the list lacks the column `{column}` that fills `{name}` of {output.preset}",
            "rename all but one of them" if more else hint,
        )
    return found


def write_for_dialer(
    config: ConfigDocument, listed: TextList, allowed: pa.Array, folder: Path
) -> None:
    """Write the files of `dialer_files` into `folder`; `allowed` are the numbers of the rows.

    UpfrontError, naming rows and columns, when a cell does not fit; nothing is written then.
    """
    output = config.output
    if output.preset is None:
        return
    chosen = pac.is_in(listed.rows, value_set=allowed)
    rows = listed.rows.filter(chosen)
    cells = Cells(listed.table.filter(chosen), "the list", rows=rows)
    paths = [folder / name for name in dialer_files(output, len(rows)).values()]
    columns = output.columns or {t.strip(): CellDocument(column=t.strip()) for t in listed.header}
    texts = {}
    for name, cell in columns.items():
        if cell.column is None:
            texts[name] = pa.repeat(pa.scalar(cell.value), len(rows))
        else:
            source = _source(output, listed, cell.column, name)
            legible = cells.text(source, config.candidates.blank)
            texts[name] = cells.table[legible]
    table = pa.table({n: pac.utf8_trim_whitespace(pac.fill_null(t, "")) for n, t in texts.items()})
    unreadable = [
        Unfit(name, "can't be read", pac.equal(table[name], UNREADABLE))
        for name in table.column_names
    ]
    refuse_unfit(output.preset, rows, unreadable)
    if output.preset == GENESYS:
        refuse_unfit(GENESYS, rows, _unfit_contacts(table, output))
        write_contact_list(paths, table, MOST_CONTACTS, output.phones, output.zone)
        return
    table = _leads(table, output)
    refuse_unfit(VICIDIAL, rows, _unfit_leads(table))
    write_lead_file(paths[0], table, output.delimiter or "\t")


def _unfit_contacts(table: pa.Table, output: OutputDocument) -> list[Unfit]:
    dialled = [table[name] for name in output.phones]
    found = [
        Unfit(name, "holds no phone number", no_number(column))
        for name, column in zip(output.phones, dialled, strict=True)
    ]
    every = ", ".join(output.phones)
    return [*found, Unfit(every, "is blank", blank(*dialled))]


def _leads(table: pa.Table, output: OutputDocument) -> pa.Table:
    """Every field of a lead in its order, numbers without their dress."""
    nothing = pa.chunked_array([pa.repeat(pa.scalar(""), table.num_rows)])
    columns = {n: table[n] if n in table.column_names else nothing for n in LEAD}
    for name in DIALLED:
        columns[name] = plain_number(columns[name], columns["phone_code"])
    if output.too_long == "cut":
        for name, field in LEAD.items():
            if field.cut:
                columns[name] = pac.utf8_slice_codeunits(columns[name], 0, field.longest)
    return pa.table(columns)


def _unfit_leads(table: pa.Table) -> list[Unfit]:
    found = [Unfit("phone_number", "is blank", blank(table["phone_number"]))]
    # Beside a country's code it would be dialled behind it.
    found += [
        Unfit(name, "begins with 00 instead of +", pac.starts_with(table[name], "00"))
        for name in DIALLED
    ]
    for name, field in LEAD.items():
        column = table[name]
        if name in DIALLED:
            # What has its + still has not the code that stands beside it.
            abroad = pac.match_substring_regex(column, "^[+][0-9]+$")
            found.append(Unfit(name, "has a country's code that `phone_code` is not", abroad))
            column = pac.if_else(abroad, "", column)
        if field.pattern:
            found.append(Unfit(name, f"is not {field.takes}", other_than(column, field.pattern)))
        else:
            why = f"is longer than {field.longest} characters"
            found.append(Unfit(name, why, longer(column, field.longest)))
    return found
