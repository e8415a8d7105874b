"""Nothing personal and no secret stands in anything that a command prints, logs or keeps.

A project is planted with values that stand nowhere else; whatever comes out of it, but the lists
themselves and the sources they were read from, is searched for them.
"""

from __future__ import annotations

import gzip
import logging
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.cli.main import main, message_of
from engine.diagnostics import UpfrontError
from tests.support.command_line import AS_OF, write

PLANTED = {
    "name": "Quillfeather",
    "phone": "+39 333 7654321",
    "digits": "3337654321",
    "email": "zebedee@planted.example",
    "born": "1979-11-23",
    "born as in Italy": "23/11/1979",
    "born as the engine counts": "312163200000000",
    "note": "planted-note",
    "free text": "planted-remark",
    "secret": "planted-s3cr3t",
    "token": "planted-t0ken",
}
CONFIG = """\
version: 1
rules: [rules.yaml]
languages: [en]
time_zone: Europe/Rome
ledger: sqlite:///upfront.db
candidates:
  id: lead
  customer: customer
  offer: offer
  fields:
    age: integer
    name: {type: string, pii: true}
    phone: {type: string, pii: true}
    email: {type: string, pii: true}
    born_on: {type: date, format: "%d/%m/%Y", pii: true}
sources:
  register:
    read: register.csv
    key: {phone: candidate.phone}
    as_of: {value: 2026-03-01T06:00:00+01:00}
    fields: {listed_on: date, listed_as: {type: string, pii: true}}
  care:
    read: {sql: "sqlite:///care.db", table: care}
    key: {customer: candidate.customer_id}
    fields: {open: integer, note: {type: string, pii: true}}
  partner:
    read: {sql: "postgresql+psycopg://crm:${PARTNER_PASSWORD}@127.0.0.1:1/crm", table: partners}
    key: {customer: candidate.customer_id}
    optional: true
    fields: {level: integer}
  number:
    read: {phone: {region: IT}}
    key: {number: candidate.phone}
    fields: {valid: boolean, e164: {type: string, pii: true}}
"""
RULES = """\
rules:
  - id: consent.not-listed
    require: "!has(register.listed_on)"
    reason: {en: "{candidate.phone} of {candidate.name} is listed as {register.listed_as}"}
  - id: consent.no-complaint
    require: [care.open == 0, '!care.note.contains("angry")', number.valid]
    reason: {en: "{care.note}, said {candidate.email} of {number.e164}"}
  - id: consent.adult
    require: [candidate.age >= 18, candidate.born_on < timestamp("2000-01-01T00:00:00Z")]
    reason: {en: "born on {candidate.born_on}"}
  - id: consent.partner
    applies: candidate.age > 90
    require: partner.level > 3
    reason: {en: "level {partner.level}"}
""".replace(
    "    require",
    "    title: t\n    owner: t\n    stage: consent\n    moment: ZMOT\n    pain: x\n    require",
)
LIST = """\
lead,customer,offer,age,name,phone,email,born_on,remark
L1,C1,FIBRE,34,Zebedee Quillfeather,+39 333 7654321,zebedee@planted.example,23/11/1979,planted-remark
L2,C2,FIBRE,17,Zebedee Quillfeather,+39 333 7654322,other-zebedee@planted.example,23/11/1979,
L3,C3,FIBRE,95,Zebedee Quillfeather,+39 333 7654323,third-zebedee@planted.example,23/11/1979,
"""
REGISTER = "phone,listed_on,listed_as\n+39 333 7654321,2025-01-31,Quillfeather\n"


@dataclass(frozen=True)
class Heard:
    """What a command said, its traceback included, and how it ended."""

    code: int
    text: str


@pytest.fixture
def hear(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Heard]]:
    """Runs commands in the planted project; whatever they log, at any level, is searched too."""
    monkeypatch.setenv("PARTNER_PASSWORD", PLANTED["secret"])
    monkeypatch.setenv("SERVICE_TOKEN", PLANTED["token"])
    # Otherwise SQLAlchemy keeps its log to itself.
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    plant(tmp_path)

    def run(*arguments: str) -> Heard:
        with chdir(tmp_path), caplog.at_level(logging.DEBUG):
            result = CliRunner().invoke(main, arguments, prog_name="upfront")
        shown = ""
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            # What `--debug` shows, and what is said without it.
            shown = "".join(traceback.format_exception(result.exception))
            if isinstance(result.exception, UpfrontError):
                shown += message_of(result.exception)
        return Heard(result.exit_code, f"{result.stdout}\n{result.stderr}\n{shown}")

    yield run
    logged = "\n".join(f"{record.name} {record.getMessage()}" for record in caplog.records)
    assert leaks(logged) == []


def plant(folder: Path) -> None:
    write(folder, {"config.yaml": CONFIG, "rules.yaml": RULES, "list.csv": LIST})
    write(folder, {"register.csv": REGISTER})
    with sqlite3.connect(folder / "care.db") as database:
        database.execute("CREATE TABLE care (customer TEXT, open TEXT, note TEXT)")
        rows = [("C1", "2", "planted-note"), ("C2", "0", "planted-note"), ("C3", "0", "angry")]
        database.executemany("INSERT INTO care VALUES (?, ?, ?)", rows)
    database.close()


def leaks(text: str) -> list[str]:
    """Which of the planted values stand in a text."""
    return [what for what, value in PLANTED.items() if value in text]


def kept(folder: Path, *, but: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every file that the project has, but its lists and sources: name and content."""
    given = ("list.csv", "register.csv", "care.db", "allowed.csv", *but)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in given:
            content = path.read_bytes()
            if content[:2] == b"\x1f\x8b":
                content = gzip.decompress(content)
            yield path.relative_to(folder).as_posix(), content.decode("latin-1")


CLOCK = ("--as-of", AS_OF)
COMMANDS = [
    ("run", "list.csv", *CLOCK),
    ("explain", "L1", "--list", "list.csv", *CLOCK),
    ("sources", "check", "list.csv", "--json", *CLOCK),
    ("audit", "show", "1"),
]
MORE = [
    ("plan", "list.csv", *CLOCK),
    ("explain", "L2", "--list", "list.csv", "--json", *CLOCK),
    ("sources", "check", "list.csv", *CLOCK),
    ("compare", "list.csv", "--to", "rules.yaml", *CLOCK),
    ("audit", "list", "--json"),
    ("audit", "verify"),
    ("fields",),
    ("validate",),
    ("lint",),
]


@pytest.mark.parametrize("commands", [COMMANDS, pytest.param(MORE, marks=pytest.mark.soak)])
@pytest.mark.slow
def test_a_run_and_whoever_looks_at_it_keep_what_is_personal_to_themselves(
    hear: Callable[..., Heard], tmp_path: Path, commands: list[tuple[str, ...]]
) -> None:
    said = hear("run", "list.csv", *CLOCK, "--json")
    assert said.code == 0, said.text
    assert leaks(said.text) == []
    assert "***" in (next((tmp_path / "out").iterdir()) / "blocked.csv").read_text()
    for command in commands:
        said = hear(*command)
        assert said.code in (0, 1), (command, said.text)
        assert leaks(said.text) == [], command
    for name, content in kept(tmp_path):
        assert leaks(content) == [], name


Change = Callable[[Path], object]


def listing(old: str, new: str, *, encoding: str = "utf-8") -> Change:
    return lambda folder: (folder / "list.csv").write_bytes(LIST.replace(old, new).encode(encoding))


def config(old: str, new: str) -> Change:
    assert old in CONFIG, old
    return lambda folder: (folder / "config.yaml").write_text(CONFIG.replace(old, new))


def register(text: str) -> Change:
    return lambda folder: (folder / "register.csv").write_text(text)


def care(*statements: str) -> Change:
    def change(folder: Path) -> None:
        database = sqlite3.connect(folder / "care.db")
        for statement in statements:
            database.execute(statement)
        database.commit()
        database.close()

    return change


def both(*changes: Change) -> Change:
    return lambda folder: [change(folder) for change in changes]


FREE_DATES = config(
    'born_on: {type: date, format: "%d/%m/%Y", pii: true}', "born_on: {type: date, pii: true}"
)
WRONG: dict[str, Change] = {
    "a quote is opened in the planted cell": listing("Zebedee Quillfeather,+39 333 7654323", '"Quillfeather'),
    "the planted cell is not in UTF-8": listing("Zebedee Quill", "Z\xe9b\xe9d\xe9e Quill", encoding="latin-1"),
    "a row has a cell too many": listing(",planted-remark", ",planted-remark,planted-remark"),
    "it has no header": lambda folder: (folder / "list.csv").write_text(LIST.split("\n", 1)[1]),
    "its header is a person": listing("lead,customer,offer,age,", "Quillfeather,zebedee@planted.example,x,age,"),
    "a date can be read in two ways": both(FREE_DATES, listing("23/11/1979", "03/04/1979")),
    "dates are written in two ways": both(FREE_DATES, listing("23/11/1979,planted", "1979-11-23,planted")),
    "a personal cell is not of its type": config("name: {type: string, pii: true}", "name: {type: integer, pii: true}"),
    "the moment of contact is no moment": config("  fields:\n    age: integer", "  contact_at: {column: email, pii: true}\n  fields:\n    age: integer"),
    "the ids of candidates are missing": listing("L1,C1", ",C1"),
    "too many rows are invalid": both(config("  id: lead", "  max_invalid: 0\n  id: lead"), listing("L1,C1", ",C1")),
    "a number is not for the dialer": both(
        config("version: 1\n", "version: 1\noutput: {preset: vicidial-lead-file, columns: {phone_number: phone}}\n"),
        register("phone,listed_on,listed_as\nx,2025-01-31,x\n"),
        care("UPDATE care SET open = '0', note = 'x'"),
    ),
    "a key of a source stands twice": register(REGISTER + REGISTER.split("\n", 1)[1]),
    "a source is damaged at the planted cell": register(REGISTER.replace("Quillfeather", '"Quillfeather')),
    "a source has a cell too many": register(REGISTER.replace("Quillfeather", "Quillfeather,Quillfeather")),
    "a source has a date that is none": register(REGISTER.replace("2025-01-31", "Quillfeather")),
    "a source has personal dates of two kinds": both(
        config("fields: {listed_on: date, listed_as: {type: string, pii: true}}", "fields: {listed_on: {type: date, pii: true}}"),
        register("phone,listed_on\n1,23/11/1979\n2,1979-11-23\n"),
    ),
    "a source has no header": register("+39 333 7654321,2025-01-31,Quillfeather\n"),
    "a source has no header and one column": register("+39 333 7654321\n"),
    "a database has no such table": care("ALTER TABLE care RENAME TO old"),
    "a database says what it can't read": config("table: care}", "query: \"SELECT customer, json_extract(note, '$.x') AS open, note FROM care\"}"),
    "a database is damaged": lambda folder: (folder / "care.db").write_bytes(b"SQLite format 3\0" + b"planted-note" * 500),
    "a query is wrong and holds a secret": config("table: care}", 'query: "SELECT planted-s3cr3t FROM ${SERVICE_TOKEN}"}'),
    "an address holds a password and is none": config("@127.0.0.1:1/crm", "@127.0.0.1:port/crm"),
    "the ledger is of no kind that is known": config("sqlite:///upfront.db", "nosql://u:${PARTNER_PASSWORD}@h/x"),
    "a token stands in an address": config('{sql: "sqlite:///care.db", table: care}', '{sql: "sqlite:///nowhere.db?token=${SERVICE_TOKEN}", table: care}'),
}  # fmt: skip


QUICK = {
    "it has no header",
    "a date can be read in two ways",
    "a number is not for the dialer",
    "a source has no header and one column",
}
CASES = [case if case in QUICK else pytest.param(case, marks=pytest.mark.soak) for case in WRONG]


@pytest.mark.parametrize("case", CASES)
def test_whatever_goes_wrong_is_told_without_what_is_personal_or_secret(
    hear: Callable[..., Heard], tmp_path: Path, case: str
) -> None:
    WRONG[case](tmp_path)
    # What stands in config.yaml itself is no secret to whoever reads its messages.
    written = (tmp_path / "config.yaml").read_text()
    commands = [("--debug", "run", "list.csv"), ("sources", "check")]
    for command in commands[: 1 if case in QUICK else 2]:
        said = hear(*command, *CLOCK)
        found = [what for what in leaks(said.text) if PLANTED[what] not in written]
        assert found == [], said.text
    for name, content in kept(tmp_path, but=("config.yaml", "vicidial-lead-file.txt")):
        assert [w for w in leaks(content) if PLANTED[w] not in written] == [], name
