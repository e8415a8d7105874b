"""A contact log counted per key, against an oracle that looks at one contact at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from adapters.backends.duckdb import DuckDBBackend
from adapters.sources.history import (
    AT,
    UNREADABLE_ROW,
    History,
    LogColumns,
    calendar_starts,
)
from adapters.sources.read import SourceText
from engine.language.literals import MOMENT_LIMITS
from engine.language.vocabulary import FactType
from engine.screening.facts import microseconds
from engine.screening.inputs import UNREADABLE, Field, Found
from tests.support.contact_logs import (
    AS_OF,
    COLUMNS,
    COUNTS,
    ENDS,
    LASTS,
    LOGS,
    ROME,
    SKEW,
    Row,
    expected,
)


@pytest.fixture(scope="module")
def backend() -> Iterator[DuckDBBackend]:
    made = DuckDBBackend()
    yield made
    made.close()


def key(kind: FactType = FactType.STRING) -> Field:
    return Field("candidate.who", "who", kind, ROME)


def log(rows: list[Row]) -> SourceText:
    cells = {c: pa.array([row.get(c) for row in rows], pa.string()) for c in COLUMNS}
    return SourceText(pa.table(cells), "aa")


def history(backend: DuckDBBackend, rows: list[Row], **changes: Any) -> History:
    how: dict[str, Any] = {
        "at": Field("log.at", "at", FactType.TIMESTAMP, ROME),
        "names": ("who",),
        "keys": (key(changes.pop("kind", FactType.STRING)),),
        "may_be_blank": frozenset({"result"}),
        "identity": changes.pop("identity", None),
        "dated": changes.pop("dated", None),
    }
    given_: dict[str, Any] = {
        "counts": COUNTS,
        "lasts": LASTS,
        "as_of": AS_OF,
        "skew": SKEW,
        "zone": ROME,
    }
    return History("calls", log(rows), LogColumns(**how), backend=backend, **(given_ | changes))


def ask(asked: History, who: list[Any], at: list[datetime] | None = None) -> Found:
    keys = {"who": pa.array(who)}
    if at is not None:
        keys[AT] = pa.array([microseconds(m) for m in at], pa.int64())
    return asked(pa.table({name: pa.chunked_array([column]) for name, column in keys.items()}))


def facts(found: Found, number: int = 0) -> dict[str, str | None]:
    return {name: found.table[name][number].as_py() for name in found.table.column_names}


def problems(found: Found) -> list[str | None]:
    assert found.problem is not None
    return list(found.problem.to_pylist())


# -- against the oracle

unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck))


def counts_as_the_oracle(
    backend: DuckDBBackend, rows: list[Row], odd: list[Any], end: datetime
) -> None:
    for number, (column, cell) in odd:
        if number < len(rows):
            rows[number] = {**rows[number], column: cell}
    people = ["a", "b", "c", "nobody"]
    found = ask(history(backend, rows), people, [end] * len(people))
    for number, who in enumerate(people):
        wanted = expected(rows, who, end)
        problem = problems(found)[number]
        if isinstance(wanted, str):
            assert problem == wanted
        else:
            assert problem is None
            told = facts(found, number)
            for last in LASTS:
                text = told[last.name]
                told[last.name] = text and str(microseconds(datetime.fromisoformat(text)))
            assert told == wanted


@given(LOGS, ENDS)
@settings(unhurried, max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_it_counts_as_somebody_would_who_reads_the_log_row_by_row(
    backend: DuckDBBackend, log: tuple[list[Row], list[Any]], end: datetime
) -> None:
    counts_as_the_oracle(backend, *log, end)


@pytest.mark.soak
@given(LOGS, ENDS)
@settings(unhurried, max_examples=400)
def test_it_counts_so_in_many_logs(
    backend: DuckDBBackend, log: tuple[list[Row], list[Any]], end: datetime
) -> None:
    counts_as_the_oracle(backend, *log, end)


# -- what the oracle does not tell -------------------------------------------------------------


def call(at: str, who: str | None = "a", **more: str | None) -> Row:
    return {"who": who, "at": at, "channel": "call", "purpose": "care", "result": "", **more}


def test_without_a_key_for_it_windows_end_when_the_run_is(backend: DuckDBBackend) -> None:
    rows = [call("2026-03-24T09:30:00Z"), call("2026-03-24T09:30:00.000001Z")]
    assert facts(ask(history(backend, rows), ["a"]))["week"] == "1"


def test_each_key_has_an_end_of_its_own(backend: DuckDBBackend) -> None:
    rows = [call("2026-03-30T09:00:00Z")]
    found = ask(history(backend, rows), ["a", "a"], [AS_OF, AS_OF + timedelta(days=7)])
    assert [facts(found, n)["week"] for n in (0, 1)] == ["1", "0"]


def test_a_key_without_contacts_has_none_and_that_is_known(backend: DuckDBBackend) -> None:
    for rows in ([], [call("2026-03-30T09:00:00Z", "b")]):
        found = ask(history(backend, rows), ["a"])
        assert problems(found) == [None]
        assert facts(found) == dict.fromkeys([c.name for c in COUNTS], "0") | {
            "last_at": None,
            "refused_at": None,
        }


def test_nobody_s_contact_may_be_anybody_s(backend: DuckDBBackend) -> None:
    for nobody in (None, "", "  ", UNREADABLE):
        asked = history(
            backend, [call("2026-03-30T09:00:00Z"), call("2026-03-30T09:00:00Z", nobody)]
        )
        assert problems(ask(asked, ["a", "b"])) == [UNREADABLE_ROW] * 2
        assert asked.failure.startswith("1 contacts of the log have a key that is blank")


def test_one_row_that_can_t_be_read_concerns_its_own_key_alone(backend: DuckDBBackend) -> None:
    asked = history(backend, [call("soon"), call("2026-03-30T09:00:00Z", "b")])
    found = ask(asked, ["a", "b"])
    assert problems(found) == [UNREADABLE_ROW, None]
    assert asked.failure == "1 of 2 keys can't be told: 1 unreadable-row"


def test_whole_numbers_are_the_same_key_however_they_are_written(backend: DuckDBBackend) -> None:
    rows = [call("2026-03-30T09:00:00Z", "7"), call("2026-03-30T09:00:00Z", "007")]
    asked = history(backend, rows, kind=FactType.INTEGER)
    found = ask(asked, [7, 8])
    assert [facts(found, n)["week"] for n in (0, 1)] == ["2", "0"]
    assert problems(
        ask(history(backend, [call("2026-03-30T09:00:00Z", "x7")], kind=FactType.INTEGER), [7])
    ) == [UNREADABLE_ROW]


def test_a_contact_that_is_told_twice_counts_once_only_where_it_has_an_id(
    backend: DuckDBBackend,
) -> None:
    at = "2026-03-30T09:00:00Z"
    rows = [call(at, id="1"), call(at, id="1"), call(at, id="2"), call(at, id=""), call(at, id="")]
    assert facts(ask(history(backend, rows), ["a"]))["week"] == "5"
    assert facts(ask(history(backend, rows, identity="id"), ["a"]))["week"] == "4"
    other = [call(at, id="1"), call("2026-03-30T10:00:00Z", id="1")]
    assert facts(ask(history(backend, other, identity="id"), ["a"]))["week"] == "2"


def test_the_newest_row_dates_the_log(backend: DuckDBBackend) -> None:
    dated = Field("log.as_of", "at", FactType.TIMESTAMP, ROME)
    rows = [call("2026-03-30T09:00:00Z"), call("2026-03-29T09:00:00Z", "b")]
    found = ask(history(backend, rows, dated=dated), ["a", "b"])
    newest = microseconds(datetime(2026, 3, 30, 9, tzinfo=UTC))
    assert found.as_of is not None
    assert found.as_of.to_pylist() == [newest, newest]
    empty = ask(history(backend, [], dated=dated), ["a"])
    assert empty.as_of is not None
    assert empty.as_of.to_pylist() == [None]


def test_its_digest_is_of_the_log_and_of_what_is_asked(backend: DuckDBBackend) -> None:
    one = history(backend, [])
    assert one.digest == history(backend, []).digest
    others = [
        history(backend, [], counts=COUNTS[1:]),
        history(backend, [], zone="UTC"),
        history(backend, [], skew=timedelta(0)),
        history(backend, [], identity="id"),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 5


@pytest.mark.parametrize(
    ("zone", "moment", "window", "start"),
    [
        # The clocks of Cairo skip the midnight of 24 April 2026, those of Azores repeat an hour.
        ("Africa/Cairo", "2026-04-24T12:00:00Z", "day", "2026-04-23T22:00:00Z"),
        ("Atlantic/Azores", "2026-10-25T12:00:00Z", "day", "2026-10-25T00:00:00Z"),
        ("Europe/Rome", "2026-03-29T22:30:00Z", "day", "2026-03-29T22:00:00Z"),
        ("Europe/Rome", "2026-03-29T21:30:00Z", "week", "2026-03-22T23:00:00Z"),
        ("Asia/Kathmandu", "2026-03-31T18:14:59Z", "month", "2026-02-28T18:15:00Z"),
        ("Asia/Kathmandu", "2026-03-31T18:15:00Z", "month", "2026-03-31T18:15:00Z"),
        ("UTC", "1969-12-31T23:59:59Z", "day", "1969-12-31T00:00:00Z"),
    ],
)
def test_calendar_windows_begin_when_the_zone_s_clocks_say(
    zone: str, moment: str, window: Any, start: str
) -> None:
    ends = pa.array([microseconds(datetime.fromisoformat(moment))], pa.int64())
    found = calendar_starts(ends, window, zone).to_pylist()
    assert found == [microseconds(datetime.fromisoformat(start))]


@pytest.mark.parametrize("window", ["day", "week", "month"])
@pytest.mark.parametrize("zone", ["Europe/Rome", "America/New_York", "Pacific/Kiritimati"])
def test_calendar_windows_begin_before_moments_at_the_ends_of_the_calendar(
    window: Any, zone: str
) -> None:
    first, last = MOMENT_LIMITS
    ends = [last + 12 * 3_600_000_000, last]
    starts = calendar_starts(pa.array([first - 3_600_000_000, *ends], pa.int64()), window, zone)
    assert all(
        end - 40 * 86_400_000_000 < start < end
        for start, end in zip(starts.to_pylist()[1:], ends, strict=True)
    )
