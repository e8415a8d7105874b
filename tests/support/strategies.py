"""Hypothesis strategies: typed facts and well-typed CEL conditions over them, as text.

`vocabularies` draws names and types of facts, `states` what those facts are for one candidate,
`conditions` and `expressions` texts that read them. Only constructs of the supported subset are
made, with as few parentheses as precedence allows (and some that are not needed).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.oracle.states import ABSENT, UNKNOWN, Fact, Value
from tests.support.strategies_draws import dice, pick
from tests.support.strategies_writer import Vocabulary, Writer

AS_OF = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Europe/Rome"))
ZONES = ("Europe/Rome", "UTC", "America/New_York", "Asia/Kolkata")

WORDS = (
    "a", "b", "ab", "FTTH", "gold", "é", "🤦🏼", "A", "x y", "007", 'say "hi", you',
    "-12", "2.5", "2026-03-29T02:30:00.5+01:00",
)  # fmt: skip
INTEGERS = (0, 1, 2, 3, 5, -1, 7, 18)
LARGE_INTEGERS = (2**53 + 1, 2**63 - 1, -(2**63), -(2**53) - 1)
NUMBERS = (0.0, 0.5, 1.0, 2.5, -1.5, 18.0, 0.1)
LARGE_NUMBERS = (float(2**53), 1e308, -1e308, 5e-324)
LISTS = (("a", "b"), ("FTTH",), ("é", "gold", "a"), ("x y", "007"))
DAYS = (-9000, -400, -3, -1, 0, 1, 30)
# The last two are within the hours in which Rome's clocks change.
HOURS = (-9000.0, -72.0, -1.0, -0.25, 0.0, 0.5, 1000.0, 639.75, 5679.5)

TYPES = ("integer", "number", "string", "boolean", "date", "timestamp", "list<string>")

Facts: TypeAlias = dict[str, Fact]


@st.composite
def vocabularies(draw: st.DrawFn) -> dict[str, str]:
    """Three to eight facts of two sources, of any types."""
    types = [pick(draw, TYPES) for _ in range(3 + dice(draw, 6))]
    return {f"{'candidate' if n % 2 else 'stock'}.f{n}": kind for n, kind in enumerate(types)}


@lru_cache(maxsize=64)
def values(kind: str, zone: str = "UTC") -> Sequence[Value]:
    """Values of a declared type: small ones that comparisons hit, many times, and large ones."""
    match kind:
        case "integer":
            return INTEGERS * 8 + LARGE_INTEGERS
        case "number":
            return NUMBERS * 8 + LARGE_NUMBERS
        case "string":
            return WORDS
        case "boolean":
            return (True, False)
        case "date":
            return tuple(midnight(AS_OF + timedelta(days=n), zone) for n in DAYS)
        case "timestamp":
            return tuple((AS_OF + timedelta(hours=n)).astimezone(UTC) for n in HOURS)
        case "list<string>":
            return LISTS
    raise ValueError(kind)


@st.composite
def states(draw: st.DrawFn, vocabulary: Vocabulary, zone: str = "UTC") -> Facts:
    """For every fact a value (7 of 10), ABSENT or UNKNOWN."""
    facts: Facts = {}
    for name, kind in vocabulary.items():
        state = {8: ABSENT, 7: ABSENT, 9: UNKNOWN}.get(dice(draw, 10))
        facts[name] = pick(draw, values(kind, zone)) if state is None else state
    return facts


def clock(zone: str = "UTC") -> tuple[datetime, datetime]:
    """`now` and `today` at AS_OF, in UTC."""
    return AS_OF.astimezone(UTC), midnight(AS_OF, zone)


def midnight(at: datetime, zone: str) -> datetime:
    """The midnight that began `at`'s day in `zone`, in UTC."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


@st.composite
def expressions(draw: st.DrawFn, vocabulary: Vocabulary, kind: str, depth: int = 2) -> str:
    """Texts of one CEL type: bool, int, double, string, timestamp, duration or list (of strings).

    `depth` bounds how deep operators nest.
    """
    literals: Mapping[str, Sequence[Value]] = {
        "int": values("integer"),
        "double": values("number"),
        "string": (*WORDS, ""),
    }
    return Writer(draw, vocabulary, literals).text(kind, depth)


def conditions(vocabulary: Vocabulary, depth: int = 2) -> st.SearchStrategy[str]:
    """Conditions (texts that are true, false or unknown) nested up to `depth`."""
    return expressions(vocabulary, "bool", depth)
