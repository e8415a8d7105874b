"""Services as tests ask them: short times, and answers as plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from adapters.sources.services.lookup import Dating, Keeping, Service, Wanted
from adapters.sources.services.qualification import ServiceQualification
from adapters.sources.services.settings import Bearer, Client, Reach

ROME = ZoneInfo("Europe/Rome")
WANTED = ("result", "characteristic.technology")


def reach(url: str, **over: Any) -> Reach:
    """Times of tens of milliseconds, but for what a busy machine may make slow."""
    times = {"timeout": 5.0, "deadline": 20.0, "first_wait": 0.01, "poll_every": 0.01}
    return Reach(url, **{**times, **over})


@dataclass(frozen=True)
class Heard:
    """What a service said of each key, by the key, and how long that took in seconds."""

    cells: dict[str, dict[str, str | None]]
    problems: dict[str, str | None]
    known: dict[str, bool]
    dates: dict[str, datetime | None]
    took: float


def service(url: str | Reach, **over: Any) -> Service:
    """A service that qualifies places; `over` are arguments of Service by their names."""
    where = reach(url) if isinstance(url, str) else url
    wanted = over.pop("wanted", WANTED)
    return Service(
        kind=over.pop("kind", ServiceQualification(ROME)),
        reach=where,
        as_whom=over.pop("as_whom", None),
        wanted=[w if isinstance(w, Wanted) else Wanted(w) for w in wanted],
        dating=over.pop("dating", None) or Dating(datetime.now(UTC)),
        **over,
    )


def ask(asked: Service, keys: Sequence[str], name: str = "place", **more: Sequence[str]) -> Heard:
    """Ask about keys, each known by its text of `name`."""
    begun = monotonic()
    found = asked(pa.table({name: list(keys), **more}))
    took = monotonic() - begun
    assert found.problem is not None
    assert found.known is not None
    assert found.as_of is not None
    dates = [
        None if d is None else datetime.fromtimestamp(d / 1e6, UTC) for d in found.as_of.to_pylist()
    ]
    return Heard(
        dict(zip(keys, found.table.to_pylist(), strict=True)),
        dict(zip(keys, found.problem.to_pylist(), strict=True)),
        dict(zip(keys, found.known.to_pylist(), strict=True)),
        dict(zip(keys, dates, strict=True)),
        took,
    )


__all__ = [
    "ROME",
    "WANTED",
    "Bearer",
    "Client",
    "Dating",
    "Heard",
    "Keeping",
    "ask",
    "reach",
    "service",
]
