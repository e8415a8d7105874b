"""The lists of a run, written in the form that the list had or that config.yaml says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from adapters.config.load import Project
from adapters.outputs.lists import Dress, blocked_writer, write_csv, write_lines, write_parquet
from adapters.sources.text_list import TextList

Form = Literal["csv", "jsonl", "parquet"]
_BATCH = 50_000


def file_names(project: Project, listed: TextList) -> dict[str, str]:
    """What the two lists are called: `allowed` and `blocked`, with the ending of their form."""
    form = _form(project, listed)
    blocked = "parquet" if form == "parquet" else "csv"
    return {"allowed": f"allowed.{form}", "blocked": f"blocked.{blocked}"}


def _form(project: Project, listed: TextList) -> Form:
    wanted = project.config.output.format
    return listed.form if wanted == "same" else wanted


def blocked_file(
    project: Project, listed: TextList, folder: Path
) -> AbstractContextManager[Callable[[pa.RecordBatch], None]]:
    """The blocked list in a folder: what takes its rows, as `blocked_writer` does."""
    return blocked_writer(folder / file_names(project, listed)["blocked"])


def write_allowed(project: Project, listed: TextList, allowed: pa.Array, folder: Path) -> None:
    """Write the rows that may be contacted, of which `allowed` are the numbers, into a folder.

    Durable when it returns.
    """
    names = file_names(project, listed)
    chosen = pc.is_in(listed.rows, value_set=allowed)
    path, form = folder / names["allowed"], _form(project, listed)
    if form == listed.form and listed.original is not None:
        rows = listed.original.filter(chosen)
        if form == "jsonl":
            write_lines(path, rows.to_batches(_BATCH), mark=listed.mark)
        else:
            write_parquet(path, rows.schema, rows.to_batches(_BATCH))
        return
    rows = listed.table.filter(chosen)
    if form == "parquet":
        rows = rows.rename_columns(_distinct(listed.header))
        write_parquet(path, rows.schema, rows.to_batches(_BATCH))
    else:
        write_csv(path, listed.header, rows.to_batches(_BATCH), _dress(listed))


def _dress(listed: TextList) -> Dress:
    """The list's own dress; UTF-8 with commas for one that is no CSV."""
    if listed.form != "csv":
        return Dress()
    return Dress(
        delimiter=listed.delimiter,
        quoted=listed.quoted,
        ending=listed.ending,
        encoding=listed.encoding,
        mark=listed.mark,
        headed=listed.headed,
        before=listed.before,
    )


def _distinct(header: Sequence[str]) -> list[str]:
    """Titles of which none stands twice, as Parquet's readers want them."""
    names: list[str] = []
    for title in header:
        name, number = title, 2
        while name in names:
            name, number = f"{title} ({number})", number + 1
        names.append(name)
    return names
