"""Tables and queries of a database, read and never written, with no secret in any message."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.sources.read import SourceFailure
from adapters.sources.sql import opened, read_sql, read_sql_list


@pytest.fixture
def root(tmp_path: Path) -> Path:
    # A folder as people name them: the path goes into a URI.
    folder = tmp_path / "a #1 50%25? é"
    folder.mkdir()
    return folder


@pytest.fixture
def url(root: Path) -> str:
    connection = sqlite3.connect(root / "crm.sqlite")
    connection.executescript(
        """
        CREATE TABLE stock (sku TEXT, n INTEGER, price REAL, at TIMESTAMP, "odd name" TEXT);
        INSERT INTO stock VALUES ('007', 3, 0.1, '2026-03-01T09:00:00Z', 'x');
        INSERT INTO stock VALUES (NULL, -1, 1e300, NULL, '');
        CREATE TABLE empty (sku TEXT);
        """
    )
    connection.commit()
    connection.close()
    return "sqlite:///crm.sqlite"


def failure(url: str, root: Path, table: str | None = "stock", query: str | None = None) -> str:
    with pytest.raises(SourceFailure) as failed:
        read_sql(url, root, table, query, ["sku"], {})
    return str(failed.value)


def test_a_table_is_read_as_text(url: str, root: Path) -> None:
    read = read_sql(url, root, "stock", None, ["price", "sku", "n", "at", "odd name"], {})
    assert read.table.to_pylist() == [
        {"price": "0.1", "sku": "007", "n": "3", "at": "2026-03-01T09:00:00Z", "odd name": "x"},
        {"price": "1e+300", "sku": None, "n": "-1", "at": None, "odd name": ""},
    ]


def test_a_query_is_read_as_text(url: str, root: Path) -> None:
    query = "SELECT sku, sum(n) AS total FROM stock GROUP BY sku ORDER BY sku"
    read = read_sql(url, root, None, query, ["total"], {})
    assert read.table.to_pylist() == [{"total": "-1"}, {"total": "3"}]
    with opened(url, root, "stock", None) as relation:
        assert relation.cell("SELECT max(at) FROM stock;") == "2026-03-01T09:00:00Z"
        assert relation.cell("SELECT at FROM stock WHERE 0") is None


def test_an_empty_table_is_read_whole(url: str, root: Path) -> None:
    read = read_sql(url, root, "empty", None, ["sku"], {})
    assert read.table.num_rows == 0
    assert read.table.column_names == ["sku"]


def test_the_same_rows_have_the_same_digest(url: str, root: Path) -> None:
    first, again = (read_sql(url, root, "stock", None, ["sku", "n"], {}) for _ in range(2))
    other = read_sql(url, root, "stock", None, ["sku", "price"], {})
    assert first.digest == again.digest != other.digest


def test_what_is_missing_is_named(url: str, root: Path) -> None:
    assert "there is no table `stok` in the database; did you mean `stock`?" in failure(
        url, root, "stok"
    )
    assert "the query has no column `sku`" in failure(url, root, None, "SELECT n FROM stock")
    assert failure("sqlite:///none.sqlite", root).startswith("there is no file")
    assert not (root / "none.sqlite").exists()
    with pytest.raises(SourceFailure, match="did you mean `price`"):
        read_sql(url, root, "stock", None, ["prize"], {})
    assert failure(url, root, None, "SELEC 1") == (
        'the query can\'t be read: near "SELEC": syntax error'
    )


def test_a_number_that_is_stored_with_a_fraction_is_the_same_key(url: str, root: Path) -> None:
    query = "SELECT CAST(393331234567 AS REAL) AS phone"
    assert read_sql(url, root, None, query, ["phone"], {}).table.to_pylist() == [
        {"phone": "393331234567"}
    ]


def test_a_text_with_a_nul_may_be_anybodys(url: str, root: Path) -> None:
    assert failure(url, root, None, "SELECT 'A' AS sku UNION ALL SELECT 'B' || char(0)") == (
        "the query: the cell `sku` of row 2 holds a NUL character"
    )


@pytest.mark.parametrize(
    "query",
    ["DELETE FROM stock", "UPDATE stock SET n = 0", "CREATE TABLE x (a)", "DROP TABLE stock"],
)
def test_a_source_is_only_ever_read(url: str, root: Path, query: str) -> None:
    failure(url, root, None, query)
    assert read_sql(url, root, "stock", None, ["sku"], {}).table.num_rows == 2
    assert [p.name for p in root.iterdir()] == ["crm.sqlite"]


@pytest.mark.parametrize(
    "bad",
    [
        "postgresql://ann:s3cret@localhost:1/crm",
        "postgresql+psycopg://ann:s3cret@localhost:1/crm",
        "mysql://ann:s3cret@localhost/crm",
        "nosuch://ann:s3cret@localhost/crm",
        "nosuch+driver://ann:s3cret@localhost/crm",
        "postgresql://ann:s3cret@localhost:port/crm",
        "postgresql://ann:x:s3cret/@localhost/crm",
        "postgresql+psycopg://ann@localhost:1/crm?password=s3cret",
        "postgresql+psycopg://ann@localhost:1/crm?nosuch=s3cret",
        "s3cret",
        "",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_no_address_and_no_secret_is_ever_told(root: Path, bad: str) -> None:
    said = failure(bad, root)
    assert said
    assert "s3cret" not in said
    assert "ann" not in said.replace("can", "")


def test_a_file_that_is_no_database_is_told(root: Path) -> None:
    (root / "crm.sqlite").write_text("no database, but text that is long enough to be one " * 9)
    assert "not a whole database" in failure("sqlite:///crm.sqlite", root)


def test_cells_of_every_kind_are_told(url: str, root: Path) -> None:
    query = "SELECT * FROM (SELECT NULL AS sku UNION ALL VALUES (1), (1.5), ('x'), (x'dead'), (''))"
    read = read_sql(url, root, None, query, ["sku"], {})
    assert read.table["sku"].to_pylist() == [None, "1", "1.5", "x", "dead", ""]


def test_rows_and_their_date_are_of_one_state(url: str, root: Path) -> None:
    with sqlite3.connect(root / "crm.sqlite") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        with opened(url, root, "stock", None) as relation:
            assert relation.cell("SELECT count(*) FROM stock") == "2"
            connection.execute("INSERT INTO stock VALUES ('new', 1, 1, NULL, '')")
            connection.commit()
            assert relation.source(["sku"], {}).table.num_rows == 2
    connection.close()
    assert read_sql(url, root, "stock", None, ["sku"], {}).table.num_rows == 3


def test_a_query_that_takes_too_long_is_stopped(url: str, root: Path) -> None:
    endless = (
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    )
    with pytest.raises(SourceFailure, match="took longer than 1s"):
        read_sql(url, root, None, f"{endless} AS sku", ["sku"], {}, timedelta(seconds=1))


def test_a_table_is_a_list_in_the_order_of_its_ids_whatever_was_put_in_first(
    url: str, root: Path
) -> None:
    listed = read_sql_list(url, root, "stock", None, {}, ["n"])
    assert listed.header == ("sku", "n", "price", "at", "odd name")
    assert listed.table["c1"].to_pylist() == ["-1", "3"]
    assert listed.typed == {"c1", "c2"}
    with sqlite3.connect(root / "crm.sqlite") as connection:
        connection.execute("CREATE TABLE again AS SELECT * FROM stock ORDER BY n DESC")
    connection.close()
    again = read_sql_list(url, root, "again", None, {}, ["n"])
    assert again.digest == listed.digest
    renamed = read_sql_list(url, root, None, "SELECT sku AS id, * FROM stock ORDER BY n", {}, [])
    assert renamed.digest != listed.digest


def test_a_row_with_a_character_that_ends_texts_elsewhere_is_a_misfit(url: str, root: Path) -> None:
    query = "SELECT 'a' || char(0) || 'b' AS id UNION ALL SELECT 'c'"
    listed = read_sql_list(url, root, None, query, {}, [])
    assert listed.table.num_rows == 1
    assert listed.misfits == ((1, "The cell `id` holds a NUL character"),)


def test_text_that_is_not_utf_8_is_told_without_it(url: str, root: Path) -> None:
    query = "SELECT CAST(x'4dfc6c6c6572' AS TEXT) AS sku"
    assert failure(url, root, None, query) == "the query holds text that is not UTF-8"
