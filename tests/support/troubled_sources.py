"""A project with a source of each kind, and what can be wrong with them at night.

Of the five candidates one depends on each source, and one on none. All are allowed where nothing
is wrong.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tests.support.command_line import write

AS_OF = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FRESH, OLD, LATER = "2026-03-02T06:00:00Z", "2026-02-01T06:00:00Z", "2026-03-02T09:36:00Z"
CONFIG = """\
version: 1
rules: [rules.yaml]
languages: [en]
time_zone: Europe/Rome
ledger: sqlite:///upfront.db
signing_key: upfront.key
candidates:
  id: lead
  customer: customer
  offer: {value: FIBRE}
  channel: {value: call}
  fields: {uses: string, phone: string}
sources:
  stock:
    read: stock.csv
    key: {customer: candidate.customer_id}
    as_of: updated_at
    max_age: 1d
    max_shrink: 10%
    fields: {available: integer}
  register:
    read: register.csv.gz
    key: {phone: candidate.phone}
    max_age: 1d
    max_shrink: 10%
    fields: {listed_on: date}
  care:
    read: {sql: "sqlite:///care.db", table: care}
    key: {customer: candidate.customer_id}
    as_of: {sql: "SELECT max(synced_at) FROM care"}
    max_age: 1d
    max_shrink: 10%
    fields: {open_complaints: integer}
  calls:
    read: {history: calls.csv, at: called_at, channel: channel, result: result, refusals: refused}
    key: {customer: candidate.customer_id}
    max_age: 1d
    max_shrink: 10%
    fields:
      calls_7d: {type: integer, count: {within: 7d, channel: call}}
      refused_at: {type: timestamp, last: refusal}
"""
RULE = """\
  - id: eligibility.{name}
    title: "{name}"
    owner: tests
    stage: eligibility
    applies: candidate.uses == "{name}"
    require: "{require}"
    moment: ZMOT
    pain: wrong-person
    reason: {{en: "{name} says no"}}
"""
REQUIRE = {
    "stock": "stock.available > 0",
    "register": "!has(register.listed_on)",
    "care": "care.open_complaints == 0",
    "calls": "calls.calls_7d < 2 && !has(calls.refused_at)",
}
SOURCES = tuple(REQUIRE)
FACTS = {
    "stock": "stock.available",
    "register": "register.listed_on",
    "care": "care.open_complaints",
    "calls": "calls.calls_7d",
}
LIST = "lead,customer,uses,phone\n" + "".join(
    f"L-{name},C-{name},{name},+3906000{number}\n"
    for number, name in enumerate((*SOURCES, "nothing"))
)
EVERYBODY = {f"L-{name}" for name in (*SOURCES, "nothing")}
FILES = {
    "stock": "stock.csv",
    "register": "register.csv.gz",
    "care": "care.db",
    "calls": "calls.csv",
}
ROWS: dict[str, list[tuple[str, ...]]] = {
    "stock": [
        ("customer", "available", "updated_at"),
        *((f"C-{name}", "3", FRESH) for name in SOURCES),
        *((f"D{number}", "3", FRESH) for number in range(6)),
    ],
    "register": [
        ("phone", "listed_on"),
        *((f"+39069{number}", "2026-01-01") for number in range(10)),
    ],
    "care": [
        ("customer", "open_complaints", "synced_at"),
        *((f"C-{name}", "0", FRESH) for name in SOURCES),
        *((f"D{number}", "0", FRESH) for number in range(6)),
    ],
    "calls": [
        ("customer", "called_at", "channel", "result"),
        ("C-calls", "2026-02-27T10:00:00Z", "call", "reached"),
        ("C-calls", "2026-02-01T10:00:00Z", "call", ""),
        *((f"D{number}", "2026-02-27T10:00:00Z", "call", "refused") for number in range(8)),
    ],
}
Rows = list[tuple[str, ...]]
Trouble = Callable[[Path, str], object]


def put(folder: Path, name: str, rows: Rows, dated: str = FRESH) -> None:
    """Write a source; a file is dated by when it was changed."""
    path = folder / FILES[name]
    if name == "care":
        path.unlink(missing_ok=True)
        header, *body = rows
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"CREATE TABLE care ({', '.join(header)})")
            marks = ", ".join("?" for _ in header)
            connection.executemany(f"INSERT INTO care VALUES ({marks})", body)
        return
    text = "".join(",".join(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    moment = datetime.fromisoformat(dated).timestamp()
    os.utime(path, (moment, moment))


def change(folder: Path, old: str, new: str) -> None:
    config = folder / "config.yaml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))


def say(folder: Path, name: str, line: str) -> None:
    """Add a line to a source of config.yaml."""
    change(folder, f"  {name}:\n", f"  {name}:\n    {line}\n")


def good_project(folder: Path) -> Path:
    """Write the project into `folder`; returns it."""
    rules = "".join(RULE.format(name=n, require=r) for n, r in REQUIRE.items())
    write(folder, {"config.yaml": CONFIG, "rules.yaml": f"rules:\n{rules}", "list.csv": LIST})
    for name, rows in ROWS.items():
        put(folder, name, rows)
    return folder


# ── what can be wrong with a source ──────────────────────────────────────────────────────────────


def remove(folder: Path, name: str) -> None:
    (folder / FILES[name]).unlink()


def drop_table(folder: Path, name: str) -> None:
    with closing(sqlite3.connect(folder / FILES[name])) as connection, connection:
        connection.execute(f"DROP TABLE {name}")


def empty(folder: Path, name: str) -> None:
    put(folder, name, ROWS[name][:1])
    if name == "care":
        # Without rows its own query can't date it.
        change(folder, '{sql: "SELECT max(synced_at) FROM care"}', f"{{value: {FRESH}}}")


def nothing_at_all(folder: Path, name: str) -> None:
    path = folder / FILES[name]
    path.write_bytes(gzip.compress(b"") if path.suffix == ".gz" else b"")


def optional(trouble: Trouble) -> Trouble:
    def both(folder: Path, name: str) -> None:
        trouble(folder, name)
        say(folder, name, "optional: true")

    return both


def cut_off(folder: Path, name: str) -> None:
    path = folder / FILES[name]
    content = path.read_bytes()
    path.write_bytes(content + b'"half' if path.suffix == ".csv" else content[: len(content) // 2])


def other_columns(folder: Path, name: str) -> None:
    header, *body = ROWS[name]
    put(folder, name, [(header[0], "renamed", *header[2:]), *body])


def a_folder(folder: Path, name: str) -> None:
    remove(folder, name)
    (folder / FILES[name]).mkdir()


def without_a_date(folder: Path, name: str) -> None:
    say(folder, name, "as_of: {env: UPFRONT_NO_SUCH_NAME}")


def dated(moment: str) -> Trouble:
    """All of a source, or where rows are dated the one that matters, is as old as that."""

    def change(folder: Path, name: str) -> None:
        rows = ROWS[name]
        if name in ("stock", "care"):
            kept = (f"C-{name}",) if name == "stock" else tuple(row[0] for row in rows[1:])
            rows = [(*row[:-1], moment) if row[0] in kept else row for row in rows]
        put(folder, name, rows, moment)

    return change


WRONG = {
    "stock": ("C-stock", "lots", FRESH),
    "register": ("+39060001", "yesterday"),
    "care": ("C-care", "none", FRESH),
}


def wrong_type(folder: Path, name: str) -> None:
    rows = [row for row in ROWS[name] if row[0] != WRONG[name][0]]
    put(folder, name, [*rows, WRONG[name]])


def logged(*row: str) -> Trouble:
    return lambda folder, name: put(folder, name, [*ROWS[name], row])


FILES_ONLY = ("stock", "register", "calls")
TROUBLES: dict[str, tuple[Trouble, str, tuple[str, ...]]] = {
    "missing": (optional(remove), "source-failed", SOURCES),
    "empty": (optional(empty), "source-failed", SOURCES),
    "cut off": (cut_off, "source-failed", SOURCES),
    "of other columns": (other_columns, "source-failed", SOURCES),
    "stale": (dated(OLD), "stale", SOURCES),
    "from the future": (dated(LATER), "from-the-future", SOURCES),
    "of the wrong type": (wrong_type, "unreadable", tuple(WRONG)),
    "a contact at no time": (logged("C-calls", "soon", "call", ""), "unreadable-row", ("calls",)),
}
RARE_TROUBLES: dict[str, tuple[Trouble, str, tuple[str, ...]]] = {
    "nothing at all": (optional(nothing_at_all), "source-failed", SOURCES),
    "without its table": (optional(drop_table), "source-failed", ("care",)),
    "a folder": (a_folder, "source-failed", FILES_ONLY),
    "without a date": (without_a_date, "source-failed", ("register", "calls")),
    "a contact by no channel": (
        logged("C-calls", "2026-03-01T10:00:00Z", "", ""), "unreadable-row", ("calls",)
    ),
    "a contact of nobody": (
        logged("", "2026-03-01T10:00:00Z", "call", ""), "unreadable-row", ("calls",)
    ),
    "a contact of tomorrow": (logged("C-calls", LATER, "call", ""), "from-the-future", ("calls",)),
}  # fmt: skip
Night = tuple[tuple[str, str], ...]


def nights() -> list[Night]:
    """Every trouble of TROUBLES in every source, up to three sources a night and each another one."""
    left = {name: [t for t in TROUBLES if name in TROUBLES[t][2]] for name in SOURCES}
    found: list[Night] = []
    while any(left.values()):
        # Those with most before them, so that it takes few nights; one source at least is well.
        worst = sorted((n for n in SOURCES if left[n]), key=lambda n: -len(left[n]))[:3]
        night: list[tuple[str, str]] = []
        for name in worst:
            others = [trouble for _, trouble in night]
            trouble = next((t for t in left[name] if t not in others), left[name][0])
            left[name].remove(trouble)
            night.append((name, trouble))
        found.append(tuple(night))
    return found
