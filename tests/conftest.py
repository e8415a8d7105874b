"""What tests of every kind share; expensive things are made once, when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.postgres import Server, started

# No deadlines: the machine may be slow, or busy with other tests. What needs more examples, or can
# afford more in `make soak`, says so.
settings.register_profile("unhurried", deadline=None, max_examples=60)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of this worker process."""
    with started() as server:
        yield server
