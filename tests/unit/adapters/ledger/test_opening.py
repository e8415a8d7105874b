from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from adapters.ledger import schema
from adapters.ledger.opening import LedgerUnusable
from adapters.ledger.store import open_ledger
from engine.diagnostics import LedgerBroken
from tests.unit.adapters.ledger.made import TEXTS, ledger_in, moments_of, run_of


def database(path: Path, *statements: str) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return f"sqlite:///{path}"


def test_the_migrations_make_the_tables_the_program_speaks_of(tmp_path: Path) -> None:
    with ledger_in(tmp_path).reading() as connection:
        options = {"version_table": schema.VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_the_versions_the_program_knows_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", "adapters.ledger:migrations")
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert [s.revision for s in scripts.walk_revisions()][::-1] == list(schema.VERSIONS)


def test_a_ledger_that_is_up_to_date_opens_without_alembic(tmp_path: Path) -> None:
    ledger_in(tmp_path)
    code = (
        "import sys; from pathlib import Path; from adapters.ledger.store import open_ledger\n"
        f"open_ledger('sqlite:///{tmp_path}/upfront.db', Path('k'))\n"
        "sys.exit('alembic' in sys.modules or 'pyarrow.compute' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_opening_makes_no_key_and_reading_needs_none(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    assert (ledger.runs(), ledger.moments(), ledger.last_checkpoint()) == ([], [], None)
    assert not (tmp_path / "upfront.key").exists()


def test_a_ledger_that_must_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusable, match="there is no ledger at"):
        open_ledger(f"sqlite:///{tmp_path}/a.db", tmp_path / "k", create=False)
    assert not list(tmp_path.iterdir())


def test_an_empty_file_is_not_read_as_a_ledger_without_runs(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    with pytest.raises(LedgerUnusable, match="it is no ledger, or no longer one"):
        open_ledger(f"sqlite:///{path}", tmp_path / "k", create=False)
    assert path.stat().st_size == 0


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://localhost/upfront", "«postgresql» is not supported"),
        ("postgresql+psycopg://u:secret@localhost/upfront", "«postgresql» is not supported"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///a.db?mode=ro", "options in its URL"),
        ("upfront.db", "not a database URL"),
        ("sqlite:////nowhere/at/all/a.db", "folder /nowhere/at/all does not exist"),
    ],
)
def test_an_address_that_cannot_be_a_ledger_is_refused_clearly(url: str, message: str) -> None:
    with pytest.raises(LedgerUnusable, match=message) as caught:
        open_ledger(url, Path("k"))
    assert "secret" not in str(caught.value) + caught.value.hint
    assert caught.value.hint


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("lead_id;age\n1;34\n" * 100)
    before = path.read_bytes()
    with pytest.raises(LedgerUnusable, match="is not a ledger"):
        open_ledger(f"sqlite:///{path}", tmp_path / "k")
    assert path.read_bytes() == before


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusable, match="cannot be opened"):
        open_ledger(f"sqlite:///{tmp_path}", tmp_path / "k")


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = database(tmp_path / "a.db", "CREATE TABLE customers (id TEXT)")
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(LedgerUnusable, match="somebody else's tables"):
        open_ledger(url, tmp_path / "k")
    assert (tmp_path / "a.db").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE ledger_version SET version_num = '0001'", "not those of the version"),
        ("ALTER TABLE ledger_version RENAME COLUMN version_num TO v", "not those of the version"),
        ("DELETE FROM ledger_version", "does not name the one version"),
        ("DROP TABLE ledger_version", "does not name the one version"),
        ("INSERT INTO ledger_version VALUES ('0001')", "does not name the one version"),
    ],
)
def test_a_version_that_was_altered_by_hand_does_not_lead_in_circles(
    tmp_path: Path, change: str, message: str
) -> None:
    ledger_in(tmp_path)
    url = database(tmp_path / "upfront.db", change)
    with pytest.raises(LedgerBroken, match=message) as caught:
        open_ledger(url, tmp_path / "k", create=False)
    assert caught.value.hint.startswith("somebody changed it; put back a copy")


def test_a_ledger_that_is_a_link_into_a_folder_that_is_read_only_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    ledger_in(closed)
    (tmp_path / "upfront.db").symlink_to(closed / "upfront.db")
    allows = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p) != closed and allows(p, mode))
    with pytest.raises(LedgerUnusable, match=f"the folder of the ledger, {closed}, is read-only"):
        ledger_in(tmp_path).ready()


def test_a_ledger_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    ledger_in(tmp_path)
    url = database(tmp_path / "upfront.db", "UPDATE ledger_version SET version_num = '9999'")
    with pytest.raises(LedgerUnusable, match="made by a newer version"):
        open_ledger(url, tmp_path / "k")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to anything")
def test_a_ledger_that_may_only_be_read_can_be_read_and_not_recorded_in(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    ledger.record(run_of("r1", 3), TEXTS, moments_of("r1", 3))
    ledger.path.chmod(0o400)
    assert len(ledger_in(tmp_path).moments()) == 3
    with pytest.raises(LedgerUnusable, match="read-only"):
        ledger.record(run_of("r2", 3), TEXTS, moments_of("r2", 3))
