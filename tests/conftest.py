"""What tests of every kind share; expensive things are made once, when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import Server, started


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of this worker process."""
    with started() as server:
        yield server
