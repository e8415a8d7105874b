"""Contact logs: an oracle that counts one contact at a time, with Python's own clocks, and strategies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from adapters.sources.history import FROM_THE_FUTURE, UNREADABLE_ROW, Count, Last
from engine.screening.facts import microseconds
from engine.screening.inputs import UNREADABLE

ROME = "Europe/Rome"
AS_OF = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
SKEW = timedelta(minutes=5)
COUNTS = (
    Count("week", timedelta(days=7), {}),
    Count("calls_3d", timedelta(days=3), {"channel": ("Call",)}),
    Count("sales", timedelta(days=30), {"channel": ("call",), "purpose": ("sales", "upsell")}),
    Count("today", "day", {}),
    Count("this_week", "week", {"result": ("reached",)}),
    Count("this_month", "month", {"channel": ("mail",)}),
)
LASTS = (Last("last_at", {}), Last("refused_at", {"result": ("refused", "no, thanks")}))
COLUMNS = ("who", "at", "channel", "purpose", "result", "id")
Row = dict[str, str | None]


def begins(window: Any, end: datetime) -> datetime:
    if isinstance(window, timedelta):
        # Not by the clocks on the wall: a week is 168 hours, also when they change.
        return end.astimezone(UTC) - window + timedelta(microseconds=1)
    day = end.astimezone(ZoneInfo(ROME)).date()
    if window == "week":
        day = day - timedelta(days=day.isoweekday() - 1)
    if window == "month":
        day = day - timedelta(days=day.day - 1)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ROME))


def fits(row: Row, only: Any) -> bool | None:
    answers: list[bool | None] = []
    for column, texts in only.items():
        cell = (row.get(column) or "").strip()
        if cell == UNREADABLE or (not cell and column != "result"):
            answers.append(None)
        else:
            answers.append(cell.lower() in [t.lower() for t in texts])
    if False in answers:
        return False
    return None if None in answers else True


def expected(rows: list[Row], who: str, end: datetime) -> dict[str, str | None] | str:
    counts = dict.fromkeys([c.name for c in COUNTS], 0)
    lasts: dict[str, datetime | None] = dict.fromkeys([x.name for x in LASTS])
    future = False
    for row in rows:
        if (row["who"] or "").strip() != who:
            continue
        try:
            moment = datetime.fromisoformat(row["at"] or "")
        except ValueError:
            return UNREADABLE_ROW
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(ROME))
        future = future or moment > end + SKEW
        for count in COUNTS:
            if moment >= begins(count.window, end):
                answer = fits(row, count.only)
                if answer is None:
                    return UNREADABLE_ROW
                counts[count.name] += answer
        for last in LASTS:
            answer = fits(row, last.only)
            if answer is None:
                return UNREADABLE_ROW
            before = lasts[last.name]
            if answer and (before is None or moment > before):
                lasts[last.name] = moment
    if future:
        return FROM_THE_FUTURE
    texts = {name: None if m is None else str(microseconds(m)) for name, m in lasts.items()}
    return {name: str(n) for name, n in counts.items()} | texts


MOMENTS = st.one_of(
    # Around the borders of rolling and calendar windows, and of the night the clocks change.
    st.sampled_from(
        [
            AS_OF + shift + edge
            for shift in (timedelta(0), -timedelta(days=3), -timedelta(days=7), SKEW)
            for edge in (timedelta(0), timedelta(microseconds=1), -timedelta(microseconds=1))
        ]
        + [
            datetime(2026, 3, day, 0, 0, tzinfo=ZoneInfo(ROME)) + edge
            for day in (1, 29, 30, 31)
            for edge in (timedelta(0), -timedelta(microseconds=1), timedelta(hours=2, minutes=30))
        ]
    ),
    st.integers(-7_200, 58 * 86_400).map(lambda s: AS_OF - timedelta(seconds=s)),
)
ENDS = st.sampled_from(
    [
        AS_OF,
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
        datetime(2026, 4, 1, 0, 0, tzinfo=ZoneInfo(ROME)),
    ]
)
CELL = st.sampled_from(
    ["call", "CALL", " mail ", "sales", "upsell", "reached", "refused", "No, thanks"]
)
ROWS = st.fixed_dictionaries(
    {
        "who": st.sampled_from(["a", "b", " c "]),
        "at": st.one_of(
            MOMENTS.map(lambda m: m.isoformat()), st.sampled_from(["2026-03-30 10:00"])
        ),
        "channel": CELL,
        "purpose": CELL,
        "result": st.one_of(CELL, st.sampled_from(["", None])),
    }
)
ODD = st.one_of(
    st.tuples(st.just("at"), st.sampled_from(["", None, "soon", UNREADABLE, "2026-02-30"])),
    st.tuples(st.sampled_from(["channel", "purpose"]), st.sampled_from(["", None, UNREADABLE])),
    st.tuples(st.just("result"), st.just(UNREADABLE)),
)


LOGS = st.tuples(
    st.lists(ROWS, max_size=12), st.lists(st.tuples(st.integers(0, 11), ODD), max_size=1)
)
