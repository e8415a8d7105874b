"""Moments asked of `contact_window`, as tests write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from adapters.config.computed import KINDS, week
from adapters.sources.computed.contact_window import ContactWindow

ITALY = week(
    {
        "mon-fri": ["09:00-20:00"],
        "sat": ["10:00-19:00"],
        "eve": ["10:00-19:00"],
        "sun": ["none"],
        "holiday": ["none"],
    }
)
OFFICE = week({"mon-fri": ["09:00-21:00"]})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Hours = Mapping[str, Sequence[tuple[int, int]]]


def moment(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // MICROSECOND


def window(hours: Hours, country: str | None = None, **settings: Any) -> ContactWindow:
    part, region = settings.get("subdivision"), settings.get("region")
    wanted = tuple(KINDS["contact_window"].gives)
    return ContactWindow(hours, country, part, region, wanted, settings.get("cache"))


def keys(*rows: Mapping[str, Any]) -> pa.Table:
    types = {"at": pa.int64(), "zones": pa.list_(pa.string())}
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {
        name: pa.array(
            [moment(row["at"]) if name == "at" else row.get(name) for row in rows],
            types.get(name, pa.string()),
        )
        for name in names
    }
    return pa.table(columns)


def told(asked: ContactWindow, *rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = asked(keys(*rows))
    assert found.table.num_rows == len(rows)
    assert found.problem is not None
    return [
        {**row, "problem": problem}
        for row, problem in zip(found.table.to_pylist(), found.problem.to_pylist(), strict=True)
    ]


# Zones that change their clocks by an hour, by half of it, never, at midnight, or in other months.
ZONES = [
    "Europe/Rome", "Europe/Madrid", "Atlantic/Canary", "America/Anchorage", "America/Adak",
    "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "America/Havana",
    "Atlantic/Azores", "Pacific/Chatham", "UTC",
]  # fmt: skip
