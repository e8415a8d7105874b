"""Hypothesis strategies: a small list, two sources and their config.yaml, with a rulebook over them.

`Project` is plain data; `write_project` puts it on disk as people would have it, `Project.job`
hands it to the oracle without files. Lists hold blanks, unreadable cells, unknown keys, invalid
rows, duplicates; sources hold blanks, unreadable cells, stale rows, and may be stale altogether.
"""

from __future__ import annotations

import csv
import gzip
import io
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import yaml
from hypothesis import assume
from hypothesis import strategies as st

from tests.oracle.cells import moment
from tests.oracle.tables import Job, Table
from tests.support.strategies import AS_OF, ZONES
from tests.support.strategies_cells import (
    CANDIDATE_FIELDS,
    HEADER,
    SHOP,
    SHOP_FIELDS,
    SITE,
    SITE_FIELDS,
    Grid,
    candidate_rows,
    shop_rows,
    site_rows,
)
from tests.support.strategies_draws import one_in, pick
from tests.support.strategies_rulebook import Rulebook, rulebooks
from tests.support.strategies_writer import Vocabulary


@dataclass(frozen=True)
class Project:
    """A list to be screened and all that is needed for it. Cells are text; a source's may be ""."""

    config: dict[str, Any]
    rulebook: Rulebook
    rows: Grid
    sources: dict[str, Grid]
    as_of: datetime = AS_OF
    header: Sequence[str] = HEADER
    zipped: bool = False

    def columns(self, source: str) -> list[str]:
        """The header of a source."""
        return list({"shop": SHOP, "site": SITE}[source])

    def job(self) -> Job:
        """The project for `tests.oracle.screen.screen_job`."""
        job = Job(self.config, [self.rulebook], Table(list(self.header), self.rows), {}, self.as_of)
        for name, grid in self.sources.items():
            said = self.config["sources"][name].get("as_of")
            dated = moment(said["value"], job.zone) if isinstance(said, dict) else None
            job.sources[name] = Table(self.columns(name), grid, dated)
        return job


@st.composite
def projects(draw: st.DrawFn, *, fail_closed: bool = False, most_rows: int = 12) -> Project:
    """Whole projects; with `fail_closed` no rule allows what is unknown (promise 1 presumes it)."""
    config = _config(draw)
    rulebook = draw(rulebooks(vocabulary_of(config), fail_closed=fail_closed))
    # A rulebook without anything in it is refused.
    assume(any(rulebook.values()))
    rows, sources = draw(candidate_rows(config, most_rows)), _sources(draw, config)
    return Project(
        config=config,
        rulebook=rulebook,
        rows=rows,
        sources=sources,
        zipped=one_in(draw, 6),
    )


def vocabulary_of(config: dict[str, Any]) -> Vocabulary:
    """Names and types of all facts that config.yaml declares, most of the built-in ones included."""
    vocabulary = {
        "candidate.channel": "string",
        "candidate.contact_at": "timestamp",
        "candidate.offer_id": "string",
    }
    parts = {"candidate": config["candidates"], **config["sources"]}
    for source, said in parts.items():
        for name, how in said["fields"].items():
            vocabulary[f"{source}.{name}"] = how if isinstance(how, str) else how["type"]
    return vocabulary


def _config(draw: st.DrawFn) -> dict[str, Any]:
    fields = dict(CANDIDATE_FIELDS)
    if one_in(draw, 2):
        fields["born"] = {"type": "date", "format": "%d/%m/%Y"}
    if one_in(draw, 2):
        fields["score"] = {"type": "number", "decimal": ","}
    candidates: dict[str, Any] = {
        "id": "lead_id",
        "customer": "customer",
        "offer": "offer",
        "channel": "channel",
        "fields": fields,
    }
    if one_in(draw, 4):
        candidates["offer"] = ["offer", "channel"]
    if one_in(draw, 3):
        candidates["channel"] = {"value": "call"}
    if one_in(draw, 2):
        candidates["contact_at"] = "planned_at"
    key = pick(draw, ({"sku": "candidate.sku"}, {"number": "candidate.number"}))
    shop = {"key": key, "fields": dict(SHOP_FIELDS), **_place(draw, "shop"), **_age(draw)}
    site = {"key": {"site": "shop.site"}, "fields": dict(SITE_FIELDS)}
    site |= {**_place(draw, "site"), **_age(draw)}
    return {
        "version": 1,
        "rules": ["rules/"],
        "languages": ["en"],
        "time_zone": pick(draw, ZONES),
        "candidates": candidates,
        "sources": {"shop": shop, "site": site},
    }


def _sources(draw: st.DrawFn, config: dict[str, Any]) -> dict[str, Grid]:
    """The rows of the sources; `config` says of those without any that this may be."""
    sources = {"shop": draw(shop_rows(config)), "site": draw(site_rows())}
    for name, grid in sources.items():
        said = config["sources"][name]
        by_rows = said["as_of"] == "updated_at" and "max_age" in said
        if by_rows and not grid:
            # Without rows no column tells how old they are.
            said["as_of"] = {"value": "2026-03-02T09:00:00+01:00"}
        if not (by_rows and grid):
            said["may_be_empty"] = True
    return sources


def _place(draw: st.DrawFn, name: str) -> dict[str, Any]:
    table = {"sql": f"sqlite:///{name}.db", "table": name}
    files = (f"{name}.csv", f"{name}.csv", f"{name}.csv.gz", f"{name}.parquet")
    return {"read": pick(draw, (*files, table))}


def _age(draw: st.DrawFn) -> dict[str, Any]:
    return pick(
        draw,
        (
            *4 * ({"as_of": "updated_at", "max_age": "4h"},),
            *4 * ({"as_of": "updated_at", "max_age": "2d"},),
            *3 * ({"as_of": {"value": "2026-03-02T09:00:00+01:00"}, "max_age": "4h"},),
            {"as_of": "updated_at"},
            {"as_of": {"value": "2026-01-02T09:00:00+01:00"}, "max_age": "15d"},
        ),
    )


def write_project(folder: Path, project: Project) -> tuple[Path, Path]:
    """Write config.yaml, rules/, the sources and the list; returns the paths of config and list."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_yaml(folder / "config.yaml", project.config)
    half = {kind: project.rulebook[kind] for kind in ("rules", "signals")}
    other = {kind: project.rulebook[kind] for kind in ("decisions", "pools")}
    (folder / "rules" / "more").mkdir(parents=True, exist_ok=True)
    for name, parts in (("rules.yaml", half), ("more/decisions.yaml", other)):
        # A file without anything in it is refused.
        if any(parts.values()):
            _write_yaml(folder / "rules" / name, parts)
    for name, grid in project.sources.items():
        _write_table(
            folder, name, project.config["sources"][name]["read"], project.columns(name), grid
        )
    candidates = folder / ("list.csv.gz" if project.zipped else "list.csv")
    _write_csv(candidates, project.header, project.rows)
    return folder / "config.yaml", candidates


class _Plain(yaml.SafeDumper):
    """Writes out what stands in two places twice: the engine takes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_yaml(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(document, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=10_000)
    path.write_text(text, "utf-8")


def _write_csv(path: Path, header: Sequence[str], rows: Grid) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def _write_table(folder: Path, name: str, place: Any, columns: list[str], rows: Grid) -> None:
    """Parquet and SQL hold text columns here, with NULL where a CSV file has a blank."""
    if isinstance(place, dict):
        marks = ", ".join("?" * len(columns))
        with closing(sqlite3.connect(folder / f"{name}.db")) as connection, connection:
            connection.execute(f"CREATE TABLE {name} ({', '.join(f'{c} TEXT' for c in columns)})")
            connection.executemany(
                f"INSERT INTO {name} VALUES ({marks})", [[c or None for c in row] for row in rows]
            )
    elif place.endswith(".parquet"):
        arrays = [
            pa.array([row[i] or None for row in rows], pa.string()) for i in range(len(columns))
        ]
        pyarrow.parquet.write_table(pa.table(arrays, names=columns), folder / place)
    else:
        _write_csv(folder / place, columns, rows)
