"""Lists, sources and outputs in a database: the same as in files, and no secret said anywhere."""

from __future__ import annotations

import csv
import io
import json
import traceback
from pathlib import Path

import pytest

import adapters.outputs.table
from adapters.databases.words import DatabaseTrouble
from engine.diagnostics import UpfrontError
from tests.support.command_line import AS_OF, upfront
from tests.support.postgres import Database, Server
from tests.support.small_project import ALLOWED, CONFIG, LIST

TYPES = {"age": "int", "priority": "smallint"}
PASSWORD = "pa55-w0rd"


@pytest.fixture(scope="module")
def database(postgres: Server) -> Database:
    """The small project's list and sources in tables, with types of their own."""
    database = postgres.new()
    header, *rows = csv.reader(io.StringIO(LIST))
    cells = ", ".join(f"{name} {TYPES.get(name, 'text')}" for name in header)
    values = ("(" + ", ".join(f"'{c}'" if c else "NULL" for c in row) + ")" for row in rows)
    database.run(
        "CREATE SCHEMA crm",
        f"CREATE TABLE crm.leads ({cells})",
        f"INSERT INTO crm.leads VALUES {', '.join(sorted(values, reverse=True))}",
        "CREATE TABLE stock (sku char(4), available numeric(6,0), updated_at timestamptz, x xml)",
        "INSERT INTO stock VALUES ('X1', 2, '2026-03-02 08:00+01'), ('X2', 0, '2026-03-02 08:00+01')",
        "CREATE TABLE register (phone text, listed_on date)",
        "INSERT INTO register VALUES ('+33199000005 ', '2025-01-31')",
    )
    return database


def configured(
    folder: Path, url: str, *, listed: str = "", output: str = "", **sources: str
) -> None:
    """The small project with its list and sources at `url`, or where else they are said to be."""
    read = sources | {"": ""}
    text = CONFIG.replace(
        "read: stock.csv", read.get("stock", f"read: {{sql: '{url}', table: stock}}")
    ).replace(
        "read: register.csv.gz",
        read.get("register", f"read: {{sql: '{url}', query: 'SELECT * FROM register;'}}"),
    )
    place = listed or f"{{sql: '{url}', table: crm.leads}}"
    text = text.replace("candidates:\n", f"candidates:\n  read: {place}\n", 1)
    (folder / "config.yaml").write_text(text + output, "utf-8")


def everything_said(folder: Path) -> bytes:
    """All that is in a project's files, but for its configuration."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != "config.yaml")
    return b"".join(p.read_bytes() for p in files)


def leads(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [row["lead"] for row in csv.DictReader(stream)]


def test_a_list_and_sources_in_a_database_are_screened_into_a_table(
    small: Path, database: Database
) -> None:
    output = f"output: {{sql: '{database.url}', table: crm.tonight}}\n"
    configured(small, database.url, output=output)
    said = upfront(small, "run", "--as-of", AS_OF, "--json")
    assert said.code == 0, said.err
    manifest = said.data()
    assert manifest["list"] == "table `crm.leads`"
    assert manifest["outputs"]["table"] == "crm.tonight"
    assert leads(small / manifest["outputs"]["allowed"]) == ALLOWED
    asked = "SELECT lead, age, sku FROM crm.tonight ORDER BY lead"
    assert database.run(asked) == [("L1", "34", "X1"), ("L3", "51", "X1"), ("L4", "40", None)]
    # The same run again leaves what a dialer did to the table; one that lost its list gets it.
    database.run("DELETE FROM crm.tonight WHERE lead = 'L1'")
    assert upfront(small, "run", "--as-of", AS_OF, "--json").data()["repeated"]
    assert len(database.run(asked)) == 2
    database.run("UPDATE crm.upfront_outputs SET run_id = 'another'")
    said = upfront(small, "run", "--as-of", AS_OF)
    assert "made before" in said.out
    assert len(database.run(asked)) == 3


@pytest.mark.slow
def test_a_table_that_cannot_be_written_is_told_and_written_by_the_next_try(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = "output: {sql: 'sqlite:///dialer.db', table: tonight}\n"
    (small / "config.yaml").write_text(CONFIG + output)

    def failing(*_: object, **__: object) -> None:
        raise DatabaseTrouble("table `tonight` is locked by somebody else")

    with monkeypatch.context() as patched:
        patched.setattr(adapters.outputs.table, "write_table", failing)
        said = upfront(small, "run", "list.csv", "--as-of", AS_OF)
    assert said.code == 1
    assert "recorded and its lists are released, but table `tonight` still holds" in said.err
    assert "locked by somebody else" in said.err
    assert "--as-of 2026-03-02T08:30:00Z" in said.err
    (released,) = (small / "out").iterdir()
    assert leads(released / "allowed.csv") == ALLOWED
    said = upfront(small, "run", "list.csv", "--as-of", "2026-03-02T08:30:00Z", "--json")
    assert said.data()["repeated"]
    assert upfront(small, "audit", "verify").code == 0


def test_a_list_whose_database_refuses_ends_the_run_without_a_trace_and_without_a_secret(
    small: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    url = database.server.url(database.name, "guarded", "${CRM_PASSWORD}")
    configured(small, database.url, listed=f"{{sql: '{url}', table: crm.leads}}")
    # With --debug it is raised, and Python prints all that it holds.
    with pytest.raises(UpfrontError) as failed:
        upfront(small, "--debug", "run", "--as-of", AS_OF)
    assert failed.value.exit_code == 1
    text = "".join(traceback.format_exception(failed.value))
    assert "the database refuses the user or the password" in text
    for secret in (PASSWORD, "guarded", "${CRM_PASSWORD}", database.server.socket):
        assert secret not in text
    assert not (small / "upfront.db").exists()


def test_a_source_whose_database_refuses_makes_its_facts_unknown_and_says_no_secret(
    small: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    url = database.server.url(database.name, "guarded", "${CRM_PASSWORD}")
    configured(small, database.url, stock=f"read: {{sql: '{url}', table: stock}}")
    said = upfront(small, "run", "--as-of", AS_OF, "--json")
    assert said.code == 0, said.err
    manifest = said.data()
    assert "refuses the user or the password" in manifest["sources"]["stock"]["failure"]
    assert leads(small / manifest["outputs"]["allowed"]) == ["L4"]
    everything = everything_said(small) + (said.out + said.err).encode()
    assert PASSWORD.encode() not in everything
    assert database.server.socket.encode() not in json.dumps(manifest).encode()


def test_an_output_that_cannot_be_reached_ends_the_run_before_its_work(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    url = "postgresql://ann:${CRM_PASSWORD}@localhost:1/crm"
    (small / "config.yaml").write_text(CONFIG + f"output: {{sql: '{url}', table: tonight}}\n")
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF)
    assert said.code == 1
    assert "can't be reached" in said.err
    assert "nothing was screened" in said.err
    assert PASSWORD not in said.err + said.out
    assert not (small / "upfront.db").exists()


def test_a_source_that_no_rule_reads_is_not_asked_and_unused_columns_are_not_read(
    small: Path, database: Database
) -> None:
    configured(small, database.url)
    text = (small / "config.yaml").read_text()
    text = text.replace("{available: integer}", "{available: integer, gone: string, x: string}")
    nobody = f"  nobody: {{read: {{sql: '{database.url}', table: gone}}, key: {{a: candidate.sku}}, fields: {{a: string}}}}\n"
    (small / "config.yaml").write_text(text + nobody)
    manifest = upfront(small, "plan", "--as-of", AS_OF, "--json").data()
    assert manifest["counts"]["allowed"] == len(ALLOWED)
    assert set(manifest["sources"]) == {"stock", "register"}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * FROM crm.leads WHERE nam = 1", "column `nam` does not exist"),
        ("SELECT lead, customer FROM crm.leads", "lacks the columns"),
        ("SELECT pg_sleep(9), * FROM crm.leads", "took longer than 1s"),
    ],
)
def test_a_list_that_is_no_list_is_told(
    small: Path, database: Database, query: str, words: str
) -> None:
    listed = f"{{sql: '{database.url}', query: '{query}', timeout: 1s}}"
    configured(small, database.url, listed=listed)
    said = upfront(small, "plan", "--as-of", AS_OF)
    assert said.code == (3 if "lacks" in words else 1)
    assert words in said.err
