"""A database of a real PostgreSQL."""

from __future__ import annotations

import pytest

from tests.support.postgres import Database, Server


@pytest.fixture(scope="module")
def database(postgres: Server) -> Database:
    """A database that the tests of this module share."""
    return postgres.new()


@pytest.fixture
def crm(database: Database) -> Database:
    """The same with leads in a schema of their own, and nothing else."""
    database.run(
        "DROP SCHEMA IF EXISTS crm CASCADE",
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "CREATE SCHEMA crm",
        "CREATE TABLE crm.leads (id text, n int, at timestamptz)",
        "INSERT INTO crm.leads VALUES ('b', 2, '2026-03-02 09:00+01'), (' a', 1, NULL)",
    )
    return database
