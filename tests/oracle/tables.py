"""Files → tables of cells, nothing converted: CSV (plain, .gz), Parquet, SQLite; and config.yaml."""

from __future__ import annotations

import csv
import gzip
import io
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet
import yaml

from tests.oracle.cells import moment


@dataclass(frozen=True)
class Table:
    """Column names and rows of cells: text, None, or the typed values of Parquet and SQL.

    `dated` is the moment of the whole table, where it has one of its own (its file's time, …).
    """

    columns: list[str]
    rows: list[list[Any]]
    dated: datetime | None = None


@dataclass(frozen=True)
class Job:
    """All that a screening reads: nothing else is looked at."""

    config: dict[str, Any]
    documents: list[dict[str, Any]]
    candidates: Table
    sources: dict[str, Table]
    as_of: datetime
    failed: frozenset[str] = field(default_factory=frozenset)
    """Names of sources that could not be read at all."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.get("time_zone", "UTC"))


def read_job(
    config: Path, candidates: Path, as_of: datetime, failed: frozenset[str] = frozenset()
) -> Job:
    """Everything that config.yaml names, relative to where it stands."""
    settings = yaml.safe_load(config.read_text("utf-8"))
    sources = settings.get("sources") or {}
    # What is computed is read by rule packs only, see `_rule_files`.
    settings["sources"] = {
        name: said
        for name, said in sources.items()
        if isinstance(said["read"], str) or "sql" in said["read"]
    }
    root = config.parent
    zone = ZoneInfo(settings.get("time_zone", "UTC"))
    return Job(
        config=settings,
        documents=[yaml.safe_load(f.read_text("utf-8")) or {} for f in _rule_files(root, settings)],
        candidates=read_csv(candidates),
        sources={
            name: _read_source(root, said, zone) if name not in failed else Table([], [])
            for name, said in settings["sources"].items()
        },
        as_of=as_of,
        failed=failed,
    )


def read_csv(path: Path) -> Table:
    """A CSV file, all text; the delimiter is the one of `,` `;` tab `|` that the header has most."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    header = text.partition("\n")[0]
    delimiter = max(",;\t|", key=header.count)
    lines = [r for r in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if r]
    return Table(lines[0], [list(row) for row in lines[1:]])


def _rule_files(root: Path, settings: dict[str, Any]) -> list[Path]:
    found: list[Path] = []
    for said in settings["rules"]:
        place = root / said
        found += [place] if place.is_file() else sorted(place.rglob("*.y*ml"))
    # Rule packs by country are off in the projects that this oracle judges.
    found = [f for f in found if f.parent.name != "countries"]
    return [f for f in found if not f.name.endswith((".test.yaml", ".test.yml"))]


def _read_source(root: Path, said: dict[str, Any], zone: ZoneInfo) -> Table:
    read = said["read"]
    path: Path | None = None
    if isinstance(read, dict):
        table = _read_sql(root, read)
    else:
        path = root / read
        table = _read_parquet(path) if path.suffix == ".parquet" else read_csv(path)
    return Table(table.columns, table.rows, _dated(said.get("as_of"), table, path, root, zone))


def _read_parquet(path: Path) -> Table:
    table = pyarrow.parquet.read_table(path)
    columns = [column.to_pylist() for column in table.columns]
    return Table(table.column_names, [list(row) for row in zip(*columns, strict=True)])


def _read_sql(root: Path, read: dict[str, str]) -> Table:
    query = read.get("query") or f'SELECT * FROM "{read["table"]}"'
    with closing(sqlite3.connect(_database(root, read["sql"]))) as connection:
        cursor = connection.execute(query)
        return Table([d[0] for d in cursor.description], [list(row) for row in cursor])


def _database(root: Path, url: str) -> Path:
    scheme, _, path = url.partition(":///")
    if scheme.partition("+")[0] != "sqlite":
        raise ValueError("the oracle reads sqlite:/// only")
    return root / path


def _dated(
    said: Any, table: Table, path: Path | None, root: Path, zone: ZoneInfo
) -> datetime | None:
    """The moment of the whole table; None where a column dates its rows, or nothing dates it."""
    if isinstance(said, dict) and "value" in said:
        said = said["value"]
    elif isinstance(said, dict) and "env" in said:
        said = os.environ[said["env"]]
    elif isinstance(said, dict) and "sql" in said:
        read = {"sql": said.get("url", ""), "query": said["sql"]}
        said = _read_sql(root, read).rows[0][0]
    elif said is None or isinstance(said, dict):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path else None
    if isinstance(said, str) and said in table.columns:
        return None
    return moment(said, zone)
