"""The allowed list in a table: all of it or what was there before, and nobody else's table."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from adapters.config import output
from adapters.databases.words import DatabaseTrouble
from adapters.ledger.schema import VERSION_TABLE, metadata
from adapters.outputs.table import REGISTER, Target, check_target, held_run, write_table
from engine.diagnostics import UpfrontError
from tests.support.postgres import Server

HEADER = ("id", " odd % name ", 'a "b"')
ROWS = pa.record_batch(
    {"c0": ["1", "2", ""], "c1": [None, "", "\\."], "c2": ['x,"y"', "line\r\nbreak", "é 好 %s :n"]}
)
STORED = [("1", None, 'x,"y"'), ("2", "", "line\r\nbreak"), ("", "\\.", "é 好 %s :n")]


@dataclass(frozen=True)
class Place:
    """A database to write to, and a way to look into it."""

    url: str
    root: Path
    run: Callable[[str], list[tuple[Any, ...]]]

    def target(self, table: str = "tonight") -> Target:
        return Target(self.url, self.root, table, timedelta(seconds=20))

    def write(self, rows: pa.RecordBatch = ROWS, run_id: str = "r1", **more: Any) -> None:
        header = more.pop("header", HEADER)
        write_table(self.target(), header, [rows], run_id=run_id, as_of="now", **more)

    def rows(self) -> list[tuple[Any, ...]]:
        return self.run("SELECT * FROM tonight ORDER BY id = '', id")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        database = server.new()
        return Place(database.url, tmp_path, database.run)

    def run(statement: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(tmp_path / "dialer.db")
        try:
            found = connection.execute(statement).fetchall()
            connection.commit()
        finally:
            connection.close()
        return found

    return Place("sqlite:///dialer.db", tmp_path, run)


def test_rows_are_written_as_they_came(place: Place) -> None:
    check_target(place.target(), HEADER)
    assert held_run(place.target()) is None
    place.write()
    assert place.rows() == STORED
    assert place.run('SELECT "odd % name", "a ""b""" FROM tonight WHERE id = \'1\'') == [
        (None, 'x,"y"')
    ]
    assert held_run(place.target()) == "r1"
    assert place.run(f"SELECT table_name, run_id, row_count FROM {REGISTER}") == [
        ("tonight", "r1", 3)
    ]


def test_a_list_takes_the_place_of_the_former_one(place: Place) -> None:
    place.write()
    place.write(ROWS.slice(1, 1), "r2")
    assert place.rows() == STORED[1:2]
    place.write(ROWS.slice(0, 0), "r3")
    assert place.rows() == []
    assert held_run(place.target()) == "r3"


def test_a_table_grows_by_what_a_list_has_more(place: Place) -> None:
    place.write()
    place.write(pa.record_batch({"c0": ["7"], "c1": ["new"]}), "r2", header=("id", "more"))
    assert place.run('SELECT id, more, "odd % name" FROM tonight') == [("7", "new", None)]


def test_where_capitals_do_not_count_a_column_is_itself_in_other_capitals(tmp_path: Path) -> None:
    target = Target("sqlite:///dialer.db", tmp_path, "tonight", timedelta(seconds=20))
    row = pa.record_batch({"c0": ["1"]})
    write_table(target, ["Phone"], [row], run_id="r1", as_of="now")
    write_table(target, ["phone"], [row], run_id="r2", as_of="now")
    assert held_run(target) == "r2"
    with sqlite3.connect(tmp_path / "dialer.db") as connection:
        connection.execute("CREATE TABLE ready (PHONE TEXT)")
    check_target(Target(target.url, tmp_path, "ready", target.limit), ["phone"])


def test_a_load_that_fails_leaves_what_was_there(place: Place) -> None:
    place.write()

    def breaking() -> Iterator[pa.RecordBatch]:
        yield ROWS
        raise DatabaseTrouble("the disk is full")

    with pytest.raises(DatabaseTrouble, match="disk is full"):
        write_table(place.target(), HEADER, breaking(), run_id="r2", as_of="now")
    assert place.rows() == STORED
    assert held_run(place.target()) == "r1"


def test_readers_see_the_former_list_until_the_new_one_is_whole(place: Place) -> None:
    place.write()
    seen: list[int] = []

    def watched() -> Iterator[pa.RecordBatch]:
        for _ in range(3):
            yield ROWS
            seen.append(len(place.run("SELECT id FROM tonight")))

    write_table(place.target(), HEADER, watched(), run_id="r2", as_of="now")
    assert seen == [3, 3, 3]
    assert len(place.rows()) == 9


def test_a_table_that_somebody_else_filled_is_never_touched(place: Place) -> None:
    place.run("CREATE TABLE tonight (id text, x text)")
    place.run("INSERT INTO tonight VALUES ('mine', 'too')")
    with pytest.raises(UpfrontError, match="holds rows that no run has written"):
        check_target(place.target(), ("id", "x"))
    with pytest.raises(DatabaseTrouble, match="holds rows that no run has written"):
        place.write(pa.record_batch({"c0": ["1"], "c1": ["1"]}), header=("id", "x"))
    assert place.run("SELECT * FROM tonight") == [("mine", "too")]


def test_a_view_in_its_place_is_told_before_any_work(place: Place) -> None:
    place.write()
    for statement in (
        "ALTER TABLE tonight RENAME TO kept",
        "CREATE VIEW tonight AS SELECT 1 AS id",
    ):
        place.run(statement)
    with pytest.raises(UpfrontError, match="it is a view"):
        check_target(place.target(), HEADER)


def test_an_empty_table_that_was_made_ready_is_filled(place: Place) -> None:
    place.run("CREATE TABLE tonight (n integer, id varchar(20), called_at text)")
    with pytest.raises(UpfrontError, match=r"it lacks the column odd of the list"):
        check_target(place.target(), ("id", "odd"))
    place.write(pa.record_batch({"c0": ["a"], "c1": ["7"]}), header=("id", "n"))
    assert place.run("SELECT n, id, called_at FROM tonight") == [(7, "a", None)]


@pytest.mark.parametrize("phone", ["+390612345678", "0612345678", " 007"])
def test_a_column_of_numbers_takes_nothing_off_a_cell(place: Place, phone: str) -> None:
    place.run("CREATE TABLE tonight (id text, phone bigint)")
    rows = pa.record_batch({"c0": ["1", "2"], "c1": ["347111222", phone]})
    with pytest.raises(DatabaseTrouble, match=r"`[Pp]hone` holds numbers"):
        place.write(rows, header=("id", "Phone" if "lite" in place.url else "phone"))
    assert place.run("SELECT * FROM tonight") == []


def test_a_table_that_keeps_or_drops_rows_by_itself_is_told(tmp_path: Path) -> None:
    target = Target("sqlite:///dialer.db", tmp_path, "tonight", timedelta(seconds=20))
    write_table(target, ["id"], [pa.record_batch({"c0": ["old"]})], run_id="r1", as_of="now")
    for event in ("DELETE", "INSERT"):
        with sqlite3.connect(tmp_path / "dialer.db") as connection:
            connection.execute(
                f"CREATE TRIGGER t BEFORE {event} ON tonight BEGIN SELECT raise(ignore); END"
            )
        with pytest.raises(DatabaseTrouble, match="rows instead of the list's 1: a trigger"):
            write_table(target, ["id"], [pa.record_batch({"c0": ["new"]})], run_id="r2", as_of="")
        with sqlite3.connect(tmp_path / "dialer.db") as connection:
            assert connection.execute("SELECT * FROM tonight").fetchall() == [("old",)]
            connection.execute("DROP TRIGGER t")
    assert held_run(target) == "r1"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (("id", ""), "its column 2 has no name"),
        (("id", "x", "ID "), "the column `ID` more than once"),
        (("é" * 32,), "more than 63 bytes"),
    ],
)
def test_names_that_no_table_can_have_are_told_before_any_work(
    place: Place, header: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UpfrontError, match=words):
        check_target(place.target(), header)


def test_what_can_not_be_reached_is_told_before_any_work(tmp_path: Path) -> None:
    for url, words in (
        ("sqlite:///no/such/folder/x.db", "there is no folder"),
        ("postgresql://ann:s3cret@localhost:1/crm", "can't be reached"),
        ("s3cret", "not one SQLAlchemy knows"),
    ):
        target = Target(url, tmp_path, "tonight", timedelta(seconds=5))
        with pytest.raises(UpfrontError, match=words) as failed:
            check_target(target, ("id",))
        assert "s3cret" not in str(failed.value) + failed.value.hint


# ── PostgreSQL alone ─────────────────────────────────────────────────────────────────────────────


def test_rights_and_views_of_a_table_outlive_its_lists(postgres: Server) -> None:
    database = postgres.new()
    place = Place(database.url, Path(), database.run)
    place.write()
    database.run(
        "CREATE VIEW short AS SELECT id FROM tonight", "GRANT SELECT ON tonight TO guarded"
    )
    place.write(ROWS.slice(0, 1), "r2")
    assert database.run("SELECT * FROM short") == [("1",)]
    assert database.run("SELECT has_table_privilege('guarded', 'tonight', 'SELECT')") == [(True,)]


def test_two_runs_at_a_time_leave_one_whole_list(postgres: Server) -> None:
    database = postgres.new()
    place = Place(database.url, Path(), database.run)
    place.write()
    many = pa.record_batch({f"c{i}": [str(n) for n in range(2000)] for i in range(3)})
    runs = [
        threading.Thread(target=place.write, args=(many.slice(0, 1000 + n), f"run {n}"))
        for n in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    held = held_run(place.target())
    assert held is not None
    assert database.run("SELECT count(*) FROM tonight") == [(1000 + int(held.split()[1]),)]


def test_a_table_that_is_locked_for_too_long_is_told(postgres: Server) -> None:
    database = postgres.new()
    place = Place(database.url, Path(), database.run)
    place.write()
    with postgres.connect(database.name) as other, other.transaction():
        other.execute("LOCK TABLE tonight IN ROW EXCLUSIVE MODE")
        target = Target(database.url, Path(), "tonight", timedelta(seconds=1))
        with pytest.raises(DatabaseTrouble, match="took longer than 1s"):
            write_table(target, HEADER, [ROWS], run_id="r2", as_of="now")
    assert held_run(place.target()) == "r1"


def test_config_yaml_refuses_the_names_of_the_tables_that_upfront_keeps() -> None:
    assert output.OURS == REGISTER
    assert set(output.LEDGER_TABLES) == {*metadata.tables, VERSION_TABLE}
