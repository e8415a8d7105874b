"""Parts of moments and conversions on any values at all: columns and oracle say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.backends.duckdb import DuckDBBackend
from engine.language.grammar import Parser
from engine.language.literals import Problem, zone_value
from engine.language.vocabulary import FactType
from engine.screening.columns import Compiler
from engine.screening.facts import microseconds
from tests.oracle.condition import value
from tests.oracle.states import Fact
from tests.oracle.strict import ACCESSORS
from tests.support.columns import facts_table, tree_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUICK = settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))
# Compiling a hundred texts is most of the work, however many facts they are asked of.
FEW = settings(QUICK, max_examples=3)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Zones of every kind, whose clocks all databases of time zones agree on since 1970: half hours,
# quarters, a summer on each side of the equator, one that skipped a day.
PLACES = (
    "Europe/Rome", "Europe/Madrid", "Europe/London", "America/New_York", "America/Sao_Paulo",
    "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Sydney", "Pacific/Apia",
)  # fmt: skip
NOWHERE = Parser().parse("now")
FIXED = ("UTC", "+00:00", "+01:00", "-02:30", "+18:00", "-11:59")


def values(texts: list[str], kind: FactType, facts: list[Fact]) -> None:
    """Every text, on every fact, is worth the same in columns and by the oracle."""
    types = {"c.v": kind.value}
    backend = DuckDBBackend()
    try:
        table = backend.load("facts", facts_table(types, [{"c.v": f} for f in facts]))
        compiler = Compiler(table, backend.dialect, microseconds(NOW), microseconds(NOW))
        columns = {t: compiler.value(tree_of(t, types, None)) for t in texts}
        found = backend.rows(table.select(row=table["row"], **columns).order_by("row"))
    finally:
        backend.close()
    for fact, row in zip(facts, found, strict=True):
        for text in texts:
            expected = value(text, {"c.v": fact}, NOW, NOW)
            if isinstance(expected, datetime):
                expected = microseconds(expected)
            assert (type(row[text]), row[text]) == (type(expected), expected), (text, fact)


moments = st.datetimes(timezones=st.just(UTC))
modern = st.integers(0, 1_770_000_000_000_000).map(lambda us: _EPOCH + timedelta(microseconds=us))
edges = st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])


@FEW
@given(st.lists(moments | edges, min_size=60, max_size=60))
@pytest.mark.slow
def test_parts_of_any_moment_in_utc_and_at_any_offset(facts: list[Fact]) -> None:
    texts = [f'c.v.{part}("{zone}")' for part in ACCESSORS for zone in FIXED]
    values([*texts, *(f"c.v.{part}()" for part in ACCESSORS)], FactType.TIMESTAMP, facts)


@FEW
@given(st.lists(modern, min_size=60, max_size=60))
@pytest.mark.slow
def test_parts_of_moments_on_the_clocks_of_places(facts: list[Fact]) -> None:
    texts = [f'c.v.{part}("{zone}")' for part in ACCESSORS for zone in PLACES]
    values(texts, FactType.TIMESTAMP, facts)


def test_around_every_change_of_the_clocks_in_rome() -> None:
    while_later = timedelta(minutes=20)
    first = [datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)]
    facts: list[Fact] = [begin + n * while_later for begin in first for n in range(18)]
    texts = [f'c.v.{part}("Europe/Rome")' for part in ACCESSORS]
    values(texts, FactType.TIMESTAMP, facts)


def test_every_time_zone_that_is_accepted_is_one_the_backend_knows() -> None:
    accepted = []
    for name in sorted(available_timezones()):
        try:
            accepted.append(zone_value(name, NOWHERE))
        except Problem:
            assert "/" not in name, name
    assert len(accepted) > 400
    backend = DuckDBBackend()
    try:
        table = backend.load("facts", facts_table({"c.v": "timestamp"}, [{"c.v": NOW}]))
        columns = {
            zone: backend.dialect.calendar("getHours", table["c.v"], zone) for zone in accepted
        }
        (row,) = backend.rows(table.select(**columns))
    finally:
        backend.close()
    assert all(0 <= hour < 24 for hour in row.values())


@QUICK
@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-(10**12), 10**12), min_size=20))
def test_conversions_of_any_whole_number(facts: list[Fact]) -> None:
    texts = ["double(c.v)", "string(c.v)", "int(c.v)", "timestamp(c.v)", "int(string(c.v))"]
    values([*texts, "int(double(c.v))", "double(c.v) == c.v"], FactType.INTEGER, facts)


@QUICK
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=20))
def test_conversions_of_any_decimal_number(facts: list[Fact]) -> None:
    values(["int(c.v)", "double(c.v)", "double(int(c.v)) == c.v"], FactType.NUMBER, facts)


near_numbers = st.text("0123456789+-.eE ", max_size=12)
near_moments = st.from_regex(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,8})?)?"
    r"(Z|z|[+-][0-2][0-9]:?[0-6][0-9])?",
    fullmatch=True,
)
any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.mark.slow
@QUICK
@given(st.lists(near_numbers | near_moments | any_text, min_size=30))
def test_conversions_of_any_text(facts: list[Fact]) -> None:
    texts = ["int(c.v)", "double(c.v)", "timestamp(c.v)", "string(c.v)", "int(timestamp(c.v))"]
    values(texts, FactType.STRING, facts)


@QUICK
@given(st.lists(moments | edges, min_size=20))
def test_conversions_of_any_moment_and_of_the_time_since(facts: list[Fact]) -> None:
    texts = ["int(c.v)", "string(c.v)", "timestamp(string(c.v)) == c.v", "string(c.v - now)"]
    texts += [f"(c.v - now).{part}()" for part in ACCESSORS[-4:]]
    values(texts, FactType.TIMESTAMP, facts)
