"""PostgreSQL's tables as text: every type, in one state, whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from adapters.databases.opening import reading
from adapters.sources import postgres as copying
from adapters.sources.postgres import Copied
from adapters.sources.read import SourceFailure
from adapters.sources.sql import _Fetched, opened, read_sql, read_sql_list
from engine.diagnostics import UpfrontError
from tests.support.postgres import Database, Server

HERE = Path()
TYPES = {
    "small": ("smallint", "1", "-32768"),
    "whole": ("integer", "0", "2147483647"),
    "big": ("bigint", "9223372036854775807", "-1"),
    "exact": ("numeric", "1.50", "0.0000001", "12345678901234567890.10", "'NaN'"),
    "money_like": ("numeric(14,2)", "-0.10", "1e3", "0", "393331234567"),
    "real": ("real", "0.1", "1e20", "'NaN'", "'-Infinity'", "3"),
    "double": ("double precision", "0.1", "1", "1e15", "1e16", "1e-5", "'-0'", "1e300", "'Infinity'"),
    "yes": ("boolean", "true", "false"),
    "text": ("text", "''", "' x '", "'a,\"b\"'", "E'line\\nbreak\\r\\n'", "'\\N'", "'\\.'", "'é 好'", "'NULL'"),
    "padded": ("char(5)", "'ab'"),
    "short": ("varchar(9)", "'007'"),
    "day": ("date", "'2026-03-02'", "'0001-01-01'", "'9999-12-31'"),
    "clock": ("time", "'08:30'", "'23:59:59'"),
    "local": ("timestamp", "'2026-03-02 08:30'", "'2026-03-02 08:30:00.1'", "'1969-12-31 23:59:59.999999'"),
    "moment": ("timestamptz", "'2026-03-02 08:30+05:30'", "'2026-03-02 08:30:00.120+01'"),
    "id": ("uuid", "'c232ab00-9414-11ec-b3c8-9f6bdeced846'"),
    "structure": ("jsonb", "'{\"a\": [1, null, \"é\"]}'"),
    "texts": ("text[]", "'{a,b c,NULL}'", "'{}'", "'{\"with \\\"quotes\\\", and commas\"}'"),
    "numbers": ("numeric[]", "'{1.50,2}'", "'{1.00,100.0}'"),
    "flags": ("boolean[]", "'{t,f}'"),
    "bytes": ("bytea", "'\\xdeadbeef'", "''"),
    "kind": ("mood", "'fine'"),
    "listed": ("jsonb", "'[\"call\", 1, true, null]'", "'[]'"),
}  # fmt: skip
LISTS = ("texts", "numbers", "flags", "listed")


@pytest.fixture(scope="module")
def every_type(postgres: Server) -> Database:
    """A table with a column of every type, and rows with each of its values; the last has none."""
    database = postgres.new()
    columns = ", ".join(f"{name} {kind[0]}" for name, kind in TYPES.items())
    rows = max(len(kind) for kind in TYPES.values())
    database.run(
        "CREATE TYPE mood AS ENUM ('fine', 'bad')",
        f"CREATE TABLE every_type (number serial, {columns})",
        *(
            "INSERT INTO every_type VALUES ({}, {})".format(
                row, ", ".join(k[row] if row < len(k) else "NULL" for k in TYPES.values())
            )
            for row in range(1, rows + 1)
        ),
    )
    return database


def failure(database: Database, query: str, *, limit: timedelta = timedelta(minutes=1)) -> str:
    with pytest.raises(SourceFailure) as failed:
        read_sql(database.url, HERE, None, query, ["id"], {}, limit)
    return str(failed.value)


# ── text ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("separator", ["|", None])
def test_both_ways_of_reading_give_the_same_text_for_every_type(
    every_type: Database, separator: str | None
) -> None:
    separators = [separator if name in LISTS else None for name in TYPES]
    places = list(range(1, len(TYPES) + 1))
    with reading(every_type.url, HERE, "it") as connection:
        copied, _ = Copied(connection, "every_type").text(places, separators, [0])
    with reading(every_type.url, HERE, "it") as connection:
        fetched, _ = _Fetched(connection, "every_type", "").text(places, separators, [0])
    found = {name: copied[f"c{i}"].to_pylist() for i, name in enumerate(TYPES)}
    assert found == {name: fetched[f"c{i}"].to_pylist() for i, name in enumerate(TYPES)}


def test_types_are_written_as_config_yaml_reads_them(every_type: Database) -> None:
    with opened(every_type.url, HERE, "every_type", None) as relation:
        read = relation.source(list(TYPES), dict.fromkeys(LISTS, "|"))
    first = read.table.slice(0, 1).to_pylist()[0]
    assert first == {
        "small": "1", "whole": "0", "big": "9223372036854775807", "exact": "1.50",
        "money_like": "-0.10", "real": "0.1", "double": "0.1", "yes": "true", "text": "",
        "padded": "ab   ", "short": "007", "day": "2026-03-02", "clock": "08:30:00",
        "local": "2026-03-02T08:30:00", "moment": "2026-03-02T03:00:00+00:00",
        "id": "c232ab00-9414-11ec-b3c8-9f6bdeced846", "structure": '{"a": [1, null, "é"]}',
        "texts": "a|b c", "numbers": "1.50|2", "flags": "true|false", "bytes": "deadbeef",
        "kind": "fine", "listed": "call|1|true",
    }  # fmt: skip
    last = read.table.slice(read.table.num_rows - 1).to_pylist()[0]
    assert set(last.values()) == {None}
    assert read.typed == set(TYPES) - {"text", "padded", "short"}


def test_a_number_that_is_stored_with_a_fraction_is_the_same_key(database: Database) -> None:
    query = (
        "SELECT phone::numeric(14,2), phone::numeric AS unbound, phone::money::numeric AS money "
        "FROM unnest(ARRAY[393331234567, 100, 0, 1.5]) AS phone"
    )
    read = read_sql(database.url, HERE, None, query, ["phone", "unbound", "money"], {})
    whole = ["393331234567", "100", "0"]
    assert read.table.to_pydict() == {
        "phone": [*whole, "1.50"],
        "unbound": [*whole, "1.5"],
        "money": [*whole, "1.50"],
    }


def test_what_is_beyond_the_calendar_stays_text_that_no_type_takes(database: Database) -> None:
    query = (
        "SELECT 'infinity'::date AS id, '-infinity'::timestamptz AS t, 'infinity'::timestamp AS u,"
        " '0044-03-15 BC'::date AS v, '12026-01-01 00:00'::timestamp AS w"
    )
    read = read_sql(database.url, HERE, None, query, ["id", "t", "u", "v", "w"], {})
    assert read.table.to_pylist() == [
        {
            "id": "infinity", "t": "-infinity", "u": "infinity", "v": "0044-03-15 BC",
            "w": "12026-01-01 00:00:00",
        }
    ]  # fmt: skip


def test_an_element_that_holds_the_separator_is_no_list(database: Database) -> None:
    with pytest.raises(SourceFailure, match="holds the `separator`"):
        read_sql(database.url, HERE, None, "SELECT ARRAY['a|b'] AS id", ["id"], {"id": "|"})


@pytest.mark.parametrize(
    "value", ["'{\"call\": true}'::json", "'[[\"call\"]]'::jsonb", "ARRAY[['call']]"]
)
def test_what_is_no_list_of_texts_is_not_taken_for_one(database: Database, value: str) -> None:
    with pytest.raises(SourceFailure, match="a cell of a list holds lists, or names with values"):
        read_sql(database.url, HERE, None, f"SELECT {value} AS id", ["id"], {"id": "|"})
    assert read_sql(database.url, HERE, None, f"SELECT {value} AS id", ["id"], {}).table.num_rows


def test_a_table_of_many_pieces_is_read_whole_and_in_order(
    crm: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_PIECE", 1000)
    crm.run(
        "CREATE TABLE t AS SELECT CASE WHEN n % 3 > 0 THEN n END AS n, E'a\\n\"b' || n AS s"
        " FROM generate_series(1, 999) n"
    )
    query = "SELECT s, n FROM t ORDER BY length(s), s"
    read = read_sql(crm.url, HERE, None, query, ["n", "s"], {})
    assert read.table.num_rows == 999
    assert read.table["n"].to_pylist() == [str(n) if n % 3 else None for n in range(1, 1000)]
    one = read_sql(crm.url, HERE, None, "SELECT n FROM t WHERE n IS NULL", ["n"], {})
    assert one.table["n"].to_pylist() == [None] * 333


def test_the_digest_does_not_depend_on_the_pieces(
    crm: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read_sql(crm.url, HERE, "crm.leads", None, ["id", "n"], {})
    monkeypatch.setattr(copying, "_PIECE", 1)
    assert read_sql(crm.url, HERE, "crm.leads", None, ["id", "n"], {}).digest == first.digest


# ── lists ────────────────────────────────────────────────────────────────────────────────────────


def test_a_table_is_a_list_in_the_order_of_its_ids(crm: Database) -> None:
    listed = read_sql_list(crm.url, HERE, "crm.leads", None, {}, ["id"])
    assert listed.header == ("id", "n", "at")
    assert listed.table.to_pylist() == [
        {"c0": " a", "c1": "1", "c2": None},
        {"c0": "b", "c1": "2", "c2": "2026-03-02T08:00:00+00:00"},
    ]
    assert listed.rows.to_pylist() == [1, 2]
    crm.run("DELETE FROM crm.leads WHERE n = 1", "INSERT INTO crm.leads VALUES (' a', 1, NULL)")
    crm.run("UPDATE crm.leads SET n = n")
    assert read_sql_list(crm.url, HERE, "crm.leads", None, {}, ["id"]).digest == listed.digest


def test_a_table_with_columns_that_cannot_be_sorted_is_a_list_all_the_same(crm: Database) -> None:
    crm.run("CREATE TABLE odd AS SELECT '{}'::json AS j, point '(1,2)' AS p, '<a/>'::text AS x")
    listed = read_sql_list(crm.url, HERE, "odd", None, {}, [])
    assert listed.table.to_pylist() == [{"c0": "{}", "c1": "(1,2)", "c2": "<a/>"}]


def test_a_list_that_cannot_be_read_says_so(crm: Database) -> None:
    with pytest.raises(UpfrontError, match=r"did you mean `crm\.leads`") as failed:
        read_sql_list(crm.url, HERE, "leads", None, {}, ["id"])
    assert failed.value.exit_code == 1


# ── only ever read, in one state, in time ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM crm.leads RETURNING id",
        "WITH gone AS (DELETE FROM crm.leads RETURNING id) SELECT id FROM gone",
        "SELECT id FROM crm.leads; DELETE FROM crm.leads",
        "SELECT id FROM crm.leads) q(a,b,c); DELETE FROM crm.leads; COMMIT; --",
        "SELECT 'x' AS id) AS q; COMMIT; DELETE FROM crm.leads; SELECT ('x'",
        "SELECT lo_create(0)::text AS id",
        "SELECT set_config('transaction_read_only', 'off', false) AS id",
    ],
)
def test_a_query_changes_nothing(crm: Database, query: str) -> None:
    failure(crm, query)
    assert crm.run("SELECT count(*) FROM crm.leads") == [(2,)]
    assert crm.run("SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]


def test_rows_and_their_date_are_of_one_state(crm: Database) -> None:
    with opened(crm.url, HERE, "crm.leads", None) as relation:
        before = relation.cell("SELECT count(*) FROM crm.leads")
        crm.run("INSERT INTO crm.leads VALUES ('c', 3, NULL)")
        read = relation.source(["id"], {})
        after = relation.cell("SELECT max(n) FROM crm.leads;")
    assert (before, read.table.num_rows, after) == ("2", 2, "2")


def test_a_query_that_takes_too_long_is_stopped(crm: Database) -> None:
    said = failure(crm, "SELECT pg_sleep(20), 'x' AS id", limit=timedelta(seconds=1))
    assert "took longer than 1s" in said
    assert "`timeout`" in said


def test_a_connection_that_is_killed_leaves_no_half_of_a_table(
    crm: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.run(
        "CREATE TABLE big AS SELECT n::text AS id, repeat('x', 500) AS x FROM generate_series(1, 100000) n"
    )
    pieces = Copied._pieces
    killed = threading.Event()

    def killing(self: Copied, *arguments: object) -> Iterator[bytes]:
        for piece in pieces(self, *arguments):  # type: ignore[arg-type]
            if not killed.is_set():
                crm.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                    "application_name = 'upfront' AND datname = current_database()"
                )
                killed.set()
            yield piece

    monkeypatch.setattr(Copied, "_pieces", killing)
    monkeypatch.setattr(copying, "_PIECE", 1000)
    with pytest.raises(SourceFailure, match=r"broke off|broke the connection off"):
        read_sql(crm.url, HERE, "big", None, ["id", "x"], {})
    assert killed.is_set()


def test_fewer_rows_than_were_sent_are_no_table(
    crm: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = copying._parsed

    def losing(data: bytes, titles: list[str]) -> pa.Table:
        return parsed(data, titles).slice(1)

    monkeypatch.setattr(copying, "_parsed", losing)
    with pytest.raises(SourceFailure, match="2 rows were sent and 1 could be read"):
        read_sql(crm.url, HERE, "crm.leads", None, ["id"], {})
