"""Made-up values that are the same on every machine and in every run.

Each value is drawn from a hash of what it belongs to (a row, a customer, a line) and of the
column's name. No draw depends on an earlier one, so a column can be added or changed without
disturbing the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

ROME_IN_WINTER = timezone(timedelta(hours=1))
AS_OF = datetime(2026, 3, 2, 9, 30, tzinfo=ROME_IN_WINTER)
"""The moment for which the sample is made: run it with this `--as-of`."""

TODAY = AS_OF.date()


def draw(of: int | str, column: str) -> float:
    """A number in [0, 1) that depends on `of` and `column` only."""
    digest = blake2b(f"{column}/{of}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def happens(of: int | str, column: str, share: float) -> bool:
    """True for about `share` (0 to 1) of all `of`."""
    return draw(of, column) < share


def between(of: int | str, column: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included."""
    return low + int(draw(of, column) * (high - low + 1))


def pick(of: int | str, column: str, choices: Sequence[tuple[T, float]]) -> T:
    """One of `choices`, each given with its weight; the weights need not add up to 1."""
    left = draw(of, column) * sum(weight for _, weight in choices)
    for value, weight in choices:
        left -= weight
        if left < 0:
            return value
    return choices[-1][0]


def days_ago(days: int) -> date:
    """The day that lies `days` days before the sample's day (after it if negative)."""
    return TODAY - timedelta(days=days)


def hours_ago(hours: float) -> datetime:
    """The moment `hours` hours before the sample's, in UTC, to the minute."""
    moment = (AS_OF - timedelta(hours=hours)).astimezone(UTC)
    return moment.replace(second=0, microsecond=0)


def iso(moment: datetime) -> str:
    """ISO 8601 with an offset; UTC as Z."""
    return moment.isoformat().replace("+00:00", "Z")
