"""What is said when PostgreSQL can't be read: enough to mend it, and no secret and no data."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.databases.opening import reading
from adapters.sources.read import SourceFailure, SourceMissing
from adapters.sources.sql import read_sql
from tests.support.postgres import Database

HERE = Path()


def failure(database: Database, query: str) -> str:
    with pytest.raises(SourceFailure) as failed:
        read_sql(database.url, HERE, None, query, ["id"], {})
    return str(failed.value)


def test_what_is_wrong_with_a_query_is_told_without_what_the_data_holds(crm: Database) -> None:
    assert "syntax error at or near" in failure(crm, "SELEC id")
    assert "column `nam` does not exist" in failure(crm, "SELECT nam FROM crm.leads")
    assert "relation `crm.lead` does not exist" in failure(crm, "SELECT id FROM crm.lead")
    said = failure(crm, "SELECT 'se' || 'cret'::text::int AS id")
    assert said == "the query fails on what the data holds (22P02)"
    assert failure(crm, "SELECT (n / 0)::text AS id FROM crm.leads").endswith("(22012)")
    assert "more than once" in failure(crm, "SELECT id, id FROM crm.leads")
    assert "has no column `id`; did you mean `ids`" in failure(
        crm, "SELECT id AS ids FROM crm.leads"
    )


def test_a_query_means_what_it_says(crm: Database) -> None:
    query = "SELECT '100 %s :name %' AS id -- the last line is a comment;"
    assert read_sql(crm.url, HERE, None, query, ["id"], {}).table["id"].to_pylist() == [
        "100 %s :name %"
    ]


def test_names_are_quoted_where_they_must_be(crm: Database) -> None:
    crm.run(
        'CREATE TABLE "Odd % table" ("a ""b""" int, "%" text)',
        "INSERT INTO \"Odd % table\" VALUES (1, 'x')",
    )
    read = read_sql(crm.url, HERE, "Odd % table", None, ['a "b"', "%"], {})
    assert read.table.to_pylist() == [{'a "b"': "1", "%": "x"}]


WRONG = {
    "a wrong password": ("guarded", "wr0ng", None, SourceFailure, "refuses the user or the password"),
    "no password": ("guarded", None, None, SourceFailure, "refuses the user or the password"),
    "a user who is not there": ("n0body", None, None, SourceFailure, "refuses the user"),
    "a database that is not there": ("postgres", "wr0ng", "nodb", SourceMissing, "no database of that name"),
    "rights that are missing": ("guarded", "right", None, SourceFailure, "permission denied for schema crm"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_an_address_that_does_not_work_is_told_without_user_and_password(
    crm: Database, case: str
) -> None:
    user, password, name, kind, words = WRONG[case]
    url = crm.server.url(name or crm.name, user, password)
    with pytest.raises(SourceFailure, match=words) as failed:
        read_sql(url, HERE, "crm.leads", None, ["id"], {})
    assert type(failed.value) is kind
    assert failed.value.__suppress_context__
    for secret in (user, password or "wr0ng", crm.server.socket):
        assert secret not in str(failed.value)


def test_the_connection_is_made_for_reading_only(crm: Database) -> None:
    with reading(crm.url, HERE, "it") as connection:
        settings = (
            "transaction_read_only",
            "transaction_isolation",
            "statement_timeout",
            "TimeZone",
        )
        found = [connection.execute(sa.text(f"SHOW {name}")).scalar() for name in settings]
    assert found == ["on", "repeatable read", "10min", "UTC"]
