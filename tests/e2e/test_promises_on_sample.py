"""The promises that relate two runs, on a slice of the sample list with the starter rulebook."""

from __future__ import annotations

import gzip
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.parquet as pq
import pytest
import yaml

from tests.support.command_line import AS_OF, copy_sample
from tests.support.engine_view import engine_verdicts

Verdicts: TypeAlias = dict[str, dict[str, Any]]

ROWS = 2000
FILES = {
    "offer": "offers.csv",
    "stock": "stock.csv",
    "customer": "customers.parquet",
    "consent": "consent.csv.gz",
    "register": "do-not-call.csv.gz",
    "history": "contact-history.csv.gz",
    "tickets": "tickets.sqlite",
    "line": "lines.csv.gz",
    "cabinet": "cabinets.csv",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_sample(tmp_path_factory.mktemp("slice") / "project")
    packed = folder / "samples" / "call-list.csv.gz"
    with gzip.open(packed, "rt", encoding="utf-8") as stream:
        header, *lines = stream.read().splitlines()
    packed.unlink()
    # From all over the list: devices run out only where many are offered.
    chosen = lines[:: len(lines) // ROWS][:ROWS]
    (folder / "list.csv").write_text("\n".join([header, *chosen, ""]), "utf-8")
    return folder


def screened(folder: Path) -> Verdicts:
    """Verdicts by candidate; rows that are no candidates stand under their row's number."""
    moment = datetime.fromisoformat(AS_OF)
    found = engine_verdicts(folder / "config.yaml", folder / "list.csv", moment)
    assert len(found) == ROWS
    invalid = {str(v["row"]): v for v in found if v["cause"] == "invalid"}
    return invalid | {v["candidate_id"]: v for v in found if v["cause"] != "invalid"}


@pytest.fixture(scope="module")
def before(project: Path) -> Verdicts:
    return screened(project)


def allowed(verdicts: Verdicts) -> set[str]:
    return {name for name, v in verdicts.items() if v["verdict"] == "allowed"}


# A register, and a source that another is joined through; the rest is
# left to the long campaign.
SOONER = ("register",)
LATER = [pytest.param(name, marks=pytest.mark.soak) for name in FILES if name not in SOONER]


@pytest.mark.parametrize(
    "source", [pytest.param(name, marks=pytest.mark.slow) for name in SOONER] + LATER
)
def test_a_source_that_cannot_be_read_allows_nobody_who_was_blocked(
    project: Path, before: Verdicts, source: str
) -> None:
    path = project / "samples" / FILES[source]
    away = path.rename(path.with_suffix(".away"))
    path.write_bytes(b"\x00 neither a table nor text")
    try:
        after = screened(project)
    finally:
        away.replace(path)
    freed = allowed(after) - allowed(before)
    # Who was stopped for lack of room alone may go now that others ahead were stopped.
    assert all(_lacked_room_only(before[name]) for name in freed)
    assert not {n for n in allowed(after) if _depends(after[n], source)}
    assert len(allowed(after)) < len(allowed(before))


def _lacked_room_only(verdict: dict[str, Any]) -> bool:
    return {cause for _, cause, _ in verdict["reasons"]} <= {"no-room", "duplicate"}


# What reads a source and blocks: a rule, or a pool.
READERS = {
    "offer": "price.offer-still-valid",
    "stock": "stock.units-to-promise",
    "customer": "eligibility.account-active",
    "consent": "consent.given-for-calls",
    "register": "consent.not-on-the-register",
    "history": "contact-policy.weekly-cap",
    "tickets": "contact-policy.no-open-complaint",
    "line": "feasibility.line-qualified",
    "cabinet": "feasibility.free-ports",
}


def _depends(verdict: dict[str, Any], source: str) -> bool:
    """Whether what blocks on this source applied to the candidate, or it drew on its pool."""
    reader = READERS[source]
    if reader in verdict["outcomes"]:
        return bool(verdict["outcomes"][reader] != "not-applicable")
    return reader in verdict["granted"]


@pytest.mark.slow
def test_the_order_of_everything_means_nothing(project: Path, before: Verdicts) -> None:
    chance = random.Random(7)
    shuffled = shutil.copytree(project, project.with_name("shuffled"))
    names = _shuffle_list(shuffled, chance)
    _shuffle_csv_sources(shuffled / "samples", chance)
    _shuffle_other_sources(shuffled / "samples", chance)
    _reverse_rules(shuffled)
    _reverse_config(shuffled / "config.yaml")
    after = screened(shuffled)
    assert _plain(after) == _plain(before)
    assert _invalid(after, names) == _invalid(before, range(1, ROWS + 1))


def _plain(verdicts: Verdicts) -> dict[str, Any]:
    return {
        name: {k: sorted(x) if k == "waived" else x for k, x in v.items() if k != "row"}
        | {"outcomes": dict(sorted(v["outcomes"].items()))}
        for name, v in verdicts.items()
        if v["cause"] != "invalid"
    }


def _invalid(verdicts: Verdicts, rows: Any) -> list[int]:
    """The rows that are no candidates, by their number before any shuffling."""
    return sorted(rows[v["row"] - 1] for v in verdicts.values() if v["cause"] == "invalid")


def _shuffle_list(folder: Path, chance: random.Random) -> list[int]:
    """Shuffles the list; returns for each row which it was before."""
    header, *lines = (folder / "list.csv").read_text("utf-8").splitlines()
    order = list(range(len(lines)))
    chance.shuffle(order)
    text = "\n".join([header, *(lines[n] for n in order), ""])
    (folder / "list.csv").write_text(text, "utf-8")
    return [n + 1 for n in order]


def _shuffle_csv_sources(folder: Path, chance: random.Random) -> None:
    for name in FILES.values():
        path = folder / name
        if ".csv" not in name:
            continue
        packed = path.suffix == ".gz"
        data = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
        header, *lines = data.decode().splitlines()
        chance.shuffle(lines)
        data = "\n".join([header, *lines, ""]).encode()
        path.write_bytes(gzip.compress(data) if packed else data)


def _shuffle_other_sources(folder: Path, chance: random.Random) -> None:
    table = pq.read_table(folder / "customers.parquet")
    order = list(range(table.num_rows))
    chance.shuffle(order)
    pq.write_table(table.take(order), folder / "customers.parquet")
    with closing(sqlite3.connect(folder / "tickets.sqlite")) as connection, connection:
        rows = "SELECT * FROM open_tickets ORDER BY customer_id DESC"
        connection.execute(f"CREATE TABLE turned AS {rows}")
        connection.execute("DROP TABLE open_tickets")
        connection.execute("ALTER TABLE turned RENAME TO open_tickets")


def _reverse_rules(folder: Path) -> None:
    """Each file's rules in reverse, and the files in another order by other names."""
    files = [p for p in sorted((folder / "rules").glob("*.yaml")) if ".test." not in p.name]
    for number, path in enumerate(files):
        document = yaml.safe_load(path.read_text("utf-8"))
        for parts in document.values():
            parts.reverse()
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        path.with_name(f"{len(files) - number:02}.yaml").write_text(text, "utf-8")
        path.unlink()


def _reverse_config(path: Path) -> None:
    head, sources = path.read_text("utf-8").split("\nsources:\n")
    parts = [""]
    for line in sources.splitlines(keepends=True):
        if line.startswith("  ") and line[2].isalpha():
            parts.append("")
        parts[-1] += line
    path.write_text("\n".join([head, "sources:", "".join(["", *reversed(parts[1:])])]), "utf-8")
