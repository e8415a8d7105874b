"""Our way of compiling gives what Ibis' own gives, on made-up tables and on a whole screening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pytest
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

from adapters.backends.duckdb import DuckDBBackend
from adapters.backends.duckdb_compiler import sql_of
from adapters.config.load import load_project
from adapters.screened import manifest_of, screen_list
from tests.support.small_project import small_project

PEOPLE = ibis.table({"id": "int64", "town": "string", "tags": "array<string>"}, name="people")
TOWNS = ibis.table({"name": "string", "size": "int64"}, name="towns")


def its_own(expression: ir.Table) -> str:
    return str(DuckDBCompiler().to_sqlglot(expression).sql("duckdb"))


def _grown() -> ir.Table:
    return PEOPLE.mutate(next=PEOPLE["id"] + 1).filter(lambda t: t["next"] > 2)


def _shared() -> ir.Table:
    """A relation that several others read, at two depths."""
    grown = _grown()
    counts = grown.group_by("town").aggregate(last=grown["next"].max())
    joined = grown.left_join(counts, "town").select("id", "next", "last")
    late = joined.filter(joined["next"].notin(counts["last"])).select("id", "next")
    return late.union(grown.select("id", "next"))


EXPRESSIONS: dict[str, Callable[[], ir.Table]] = {
    "a table": lambda: PEOPLE,
    "a projection": _grown,
    "all columns, in another order": lambda: PEOPLE.select("tags", "town", "id"),
    "several conditions": lambda: PEOPLE.filter([PEOPLE["id"] > 1, PEOPLE["town"] != "Oz"]),
    "distinct": lambda: PEOPLE.select("town").distinct(),
    "distinct of all": PEOPLE.distinct,
    "sorted, then cut": lambda: PEOPLE.order_by([PEOPLE["town"].desc(), "id"]).limit(3),
    "without a column": lambda: PEOPLE.drop("tags"),
    "with few columns left": lambda: _grown().drop("tags", "town", "next"),
    "counted": lambda: PEOPLE.aggregate(n=PEOPLE.count(), towns=PEOPLE["town"].nunique()),
    "grouped": lambda: (
        PEOPLE.group_by("town").having(PEOPLE.count() > 1).aggregate(n=PEOPLE.count())
    ),
    "joined": lambda: PEOPLE.left_join(TOWNS, PEOPLE["town"] == TOWNS["name"]),
    "joined twice": lambda: (
        PEOPLE.left_join(TOWNS, PEOPLE["town"] == TOWNS["name"])
        .inner_join(_grown().select(other="id", at="next"), [("id", "at")])
        .select("id", "size", "other")
    ),
    "joined to itself": lambda: PEOPLE.join(
        PEOPLE.view(), "town", lname="", rname="{name} of the other"
    ),
    "with and without": lambda: PEOPLE.semi_join(_grown(), "id").anti_join(
        TOWNS, [("town", "name")]
    ),
    "shared": _shared,
    "shared twice": lambda: _shared().union(_shared().mutate(next=ibis.literal(2, type="int64"))),
    "in one of none": lambda: PEOPLE.filter(PEOPLE["town"].isin([])),
    "in one of some": lambda: PEOPLE.filter(PEOPLE["town"].isin(["Oz", "Rome"])),
    "ranked": lambda: PEOPLE.mutate(
        place=ibis.row_number().over(ibis.window(group_by="town", order_by="id"))
    ),
    "ranked and filtered": lambda: PEOPLE.filter(
        PEOPLE["id"].rank().over(ibis.window(group_by="town", order_by="id")) < 1
    ),
    "summed so far": lambda: PEOPLE.mutate(
        so_far=PEOPLE["id"].sum().over(ibis.window(order_by="id", preceding=None, following=0))
    ),
    "elements": lambda: PEOPLE.mutate(
        long=PEOPLE["tags"].filter(lambda tag: tag.length() > 1).map(lambda tag: tag + "!")
    ),
    "elements and their numbers": lambda: PEOPLE.mutate(
        odd=PEOPLE["tags"].filter(lambda tag, number: number % 2 == 1)
    ),
    "where a tag stands": lambda: PEOPLE.mutate(at=PEOPLE["tags"].index("b")),
    "one row per element": lambda: PEOPLE.select("id", tag=PEOPLE["tags"].unnest()),
    "part of a text": lambda: PEOPLE.mutate(
        head=PEOPLE["town"][1:3], capital=PEOPLE["town"].capitalize()
    ),
    "nulls filled and dropped": lambda: PEOPLE.drop_null("id").fill_null({"town": "nowhere"}),
    "of two queries": lambda: PEOPLE.select("id").intersect(_grown().select("id")),
}


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    made = duckdb.connect()
    made.execute("CREATE TABLE people (id BIGINT, town VARCHAR, tags VARCHAR[])")
    made.execute(
        "INSERT INTO people VALUES (1, 'Rome', ['a', 'bb', 'b']), (2, 'Oz', []), (3, NULL, NULL),"
        "(4, 'Rome', ['b']), (NULL, 'oz', ['ccc', NULL]), (6, 'Oz', ['dd', 'e', 'ff'])"
    )
    made.execute("CREATE TABLE towns (name VARCHAR, size BIGINT)")
    made.execute("INSERT INTO towns VALUES ('Rome', 3), ('oz', 1), ('Paris', 2)")
    yield made
    made.close()


@pytest.mark.parametrize("named", EXPRESSIONS)
def test_what_it_writes_gives_the_rows_that_ibis_gives(
    named: str, database: duckdb.DuckDBPyConnection
) -> None:
    expression = EXPRESSIONS[named]()
    ours = database.execute(sql_of(expression))
    found = (_names(ours), _sorted(ours.fetchall()))
    theirs = database.execute(its_own(expression))
    assert found == (_names(theirs), _sorted(theirs.fetchall()))
    assert found[0] == list(expression.columns)


def test_every_statement_of_a_screening_gives_the_rows_that_ibis_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    keep, rows = DuckDBBackend.keep, DuckDBBackend.rows

    def of_ibis(backend: DuckDBBackend, expression: ir.Table) -> list[tuple[Any, ...]]:
        backend._settle()
        return _sorted(backend._connection.execute(its_own(expression)).fetchall())

    def kept(backend: DuckDBBackend, name: str, expression: ir.Table) -> ir.Table:
        expected = of_ibis(backend, expression)
        table = keep(backend, name, expression)
        compared.append((name, of_ibis(backend, table), expected))
        return table

    def asked(backend: DuckDBBackend, expression: ir.Table) -> list[dict[str, Any]]:
        expected = of_ibis(backend, expression)
        found = rows(backend, expression)
        compared.append(("rows", _sorted([tuple(row.values()) for row in found]), expected))
        return found

    monkeypatch.setattr(DuckDBBackend, "keep", kept)
    monkeypatch.setattr(DuckDBBackend, "rows", asked)
    project = small_project(tmp_path)
    screened = screen_list(
        load_project(project / "config.yaml"),
        project / "list.csv",
        datetime.fromisoformat("2026-03-02T09:30:00+01:00"),
        lambda step: None,
    )
    manifest_of(screened)
    asked(screened.backend, screened.screening.explainer.seen)
    screened.backend.close()
    assert len(compared) > 15
    for name, found, expected in compared:
        assert found == expected, name


def _names(result: duckdb.DuckDBPyConnection) -> list[str]:
    return [column[0] for column in result.description or ()]


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=repr)
