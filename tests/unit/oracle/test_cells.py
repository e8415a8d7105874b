from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.oracle.cells import Field, fact, moment
from tests.oracle.states import ABSENT, UNKNOWN

ROME = ZoneInfo("Europe/Rome")


def read(cell: object, said: str | dict[str, Any]) -> object:
    return fact(cell, Field.declared("f", said), ROME)


@pytest.mark.parametrize(
    ("cell", "said", "expected"),
    [
        ("", "string", ABSENT),
        ("  ", "integer", ABSENT),
        (None, "date", ABSENT),
        (" x\t", "string", "x"),
        ("\t ", "string", ABSENT),
        ("\u00a0", "string", "\u00a0"),
        ("\u00a03", "integer", UNKNOWN),
        (" -7 ", "integer", -7),
        ("9223372036854775807", "integer", 2**63 - 1),
        ("9223372036854775808", "integer", UNKNOWN),
        ("1.0", "integer", UNKNOWN),
        ("1e3", "number", 1000.0),
        ("1e999", "number", UNKNOWN),
        ("nan", "number", UNKNOWN),
        ("1,5", {"type": "number", "decimal": ","}, 1.5),
        ("1.5", {"type": "number", "decimal": ","}, UNKNOWN),
        ("TRUE", "boolean", True),
        ("1", "boolean", UNKNOWN),
        ("2026-03-02", "date", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("2026-02-30", "date", UNKNOWN),
        ("2/3/2026", "date", UNKNOWN),
        (
            "02/03/2026",
            {"type": "date", "format": "%d/%m/%Y"},
            datetime(2026, 3, 1, 23, tzinfo=UTC),
        ),
        ("2026-03-02T10:00", "timestamp", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-07-02 10:00:00.5", "timestamp", datetime(2026, 7, 2, 8, 0, 0, 500_000, UTC)),
        ("2026-03-02T10:00:00-05:00", "timestamp", datetime(2026, 3, 2, 15, tzinfo=UTC)),
        ("2026-03-02T10:00:00Z", "timestamp", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2026-03-02", "timestamp", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("2026-3-2", "timestamp", UNKNOWN),
        ("2026-03-02T10:00:00.1234567Z", "timestamp", UNKNOWN),
        ("a |b || ", {"type": "list<string>", "separator": "|"}, ("a", "b")),
        (3, "integer", 3),
        (3, "number", 3.0),
        (True, "integer", UNKNOWN),
        (1.5, "integer", UNKNOWN),
        (date(2026, 3, 2), "date", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        (7, "string", "7"),
    ],
)
def test_a_cell_is_a_value_absent_or_unknown(
    cell: object, said: str | dict[str, Any], expected: object
) -> None:
    found = read(cell, said)
    assert found == expected
    assert type(found) is type(expected)


def test_a_source_may_be_dated_by_a_day() -> None:
    assert moment("2026-03-02", ROME) == datetime(2026, 3, 1, 23, tzinfo=UTC)
    with pytest.raises(ValueError, match="no moment"):
        moment("lately", ROME)
