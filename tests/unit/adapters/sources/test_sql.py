"""Tables and queries of a database, read and never written, with no secret in any message."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from adapters.sources.read import SourceFailure
from adapters.sources.sql import read_sql, sql_moment


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
    assert sql_moment(url, root, "SELECT max(at) FROM stock") == "2026-03-01T09:00:00Z"
    assert sql_moment(url, root, "SELECT at FROM stock WHERE 0") is None


def test_an_empty_table_is_read_whole(url: str, root: Path) -> None:
    read = read_sql(url, root, "empty", None, ["sku"], {})
    assert read.table.num_rows == 0
    assert read.table.column_names == ["sku"]


def test_the_same_rows_have_the_same_digest(url: str, root: Path) -> None:
    first, again = (read_sql(url, root, "stock", None, ["sku", "n"], {}) for _ in range(2))
    other = read_sql(url, root, "stock", None, ["sku", "price"], {})
    assert first.digest == again.digest != other.digest


def test_what_is_missing_is_named(url: str, root: Path) -> None:
    assert failure(url, root, "stok") == "there is no table `stok` in the database"
    assert "the query has no column `sku`" in failure(url, root, None, "SELECT n FROM stock")
    assert failure("sqlite:///none.sqlite", root).startswith("there is no file")
    assert not (root / "none.sqlite").exists()
    with pytest.raises(SourceFailure, match="did you mean `price`"):
        read_sql(url, root, "stock", None, ["prize"], {})
    assert failure(url, root, None, "SELEC 1") == "the query can't be read (OperationalError)"


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
    assert "can't be read (DatabaseError)" in failure("sqlite:///crm.sqlite", root)
