"""Lists and sources joined to facts: sources asked about keys, and dates that can't be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from adapters.backends.duckdb import DuckDBBackend
from engine.diagnostics import UpfrontError
from engine.language.vocabulary import FactType
from engine.screening.facts import FactState, problem_column, state_column
from engine.screening.gather import gather, needed_facts
from engine.screening.inputs import (
    PROBLEM,
    ROW,
    UNREADABLE,
    CandidateList,
    Columns,
    Constant,
    Field,
    Found,
    Inputs,
    RowNumber,
    Source,
)

AS_OF = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TEXT = FactType.STRING


@pytest.fixture
def backend() -> Iterator[DuckDBBackend]:
    made = DuckDBBackend()
    yield made
    made.close()


def field(fact: str, kind: FactType = TEXT) -> Field:
    return Field(fact, fact.split(".")[1], kind, "UTC")


def candidates(backend: DuckDBBackend, **columns: list[str | None]) -> CandidateList:
    """A list with these columns; `who` identifies the customer."""
    rows = len(columns["who"])
    problems = columns.pop("problems", [None] * rows)
    table = pa.table(
        {
            **{name: pa.array(cells, pa.string()) for name, cells in columns.items()},
            ROW: pa.array(range(1, rows + 1), pa.int64()),
            PROBLEM: pa.array(problems, pa.string()),
        }
    )
    return CandidateList(
        table=backend.load("list", table),
        titles={name: f"{name} (title)" for name in columns},
        candidate_id=RowNumber(),
        customer_id=Columns(("who",)),
        offer_id=Constant("X"),
        channel=Constant("call"),
        contact_at=None,
        fields=tuple(field(f"candidate.{name}") for name in columns),
    )


class Service:
    """A source that is asked: remembers the keys, answers by a function of one key."""

    def __init__(self, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.answer, self.asked = answer, list[dict[str, Any]]()

    def __call__(self, keys: pa.Table) -> Found:
        self.asked += keys.to_pylist()
        said = [self.answer(key) for key in keys.to_pylist()]
        return Found(
            pa.table({"says": pa.array([one.get("says") for one in said], pa.string())}),
            pa.array([one.get("known", True) for one in said], pa.bool_()),
            pa.array([one.get("problem") for one in said], pa.string()),
            pa.array([one.get("as_of") for one in said], pa.int64()),
        )


def asked(
    name: str, service: Callable[[pa.Table], Found], keys: dict[str, str], **more: Any
) -> Source:
    return Source(name, tuple(keys.items()), (field(f"{name}.says"),), None, lookup=service, **more)


def gathered(
    backend: DuckDBBackend, people: CandidateList, *sources: Source
) -> list[dict[str, Any]]:
    inputs = Inputs(people, sources, AS_OF, "UTC")
    facts = needed_facts(inputs.fields, inputs)
    wide = backend.keep("facts", gather(inputs, facts, backend).table)
    return sorted(backend.rows(wide), key=lambda row: int(row[ROW]))


def states(rows: list[dict[str, Any]], fact: str) -> list[str]:
    return [FactState(row[state_column(fact)]).label for row in rows]


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def test_a_service_is_asked_each_distinct_key_once_and_only_for_candidates(
    backend: DuckDBBackend,
) -> None:
    service = Service(lambda key: {"says": f"about {key['line']}"})
    people = candidates(
        backend,
        who=["a", "b", "c", "", "d", "e"],
        line=["L2", "L1", "L2", "L9", None, "L8"],
        problems=[None, None, None, None, None, "The row has 3 cells instead of 2"],
    )
    rows = gathered(backend, people, asked("net", service, {"line": "candidate.line"}))
    assert service.asked == [{"line": "L1"}, {"line": "L2"}]
    assert [r["net.says"] for r in rows[:3]] == ["about L2", "about L1", "about L2"]
    assert states(rows, "net.says")[:3] == ["value"] * 3
    assert states(rows, "net.says")[4] == "key-missing"


def test_what_a_service_can_not_tell_is_unknown_and_what_it_knows_not_to_be_is_absent(
    backend: DuckDBBackend,
) -> None:
    answers: dict[str, dict[str, Any]] = {
        "good": {"says": "yes"},
        "blank": {"says": None},
        "gone": {"known": False},
        "late": {"problem": "timeout"},
        "half": {"says": "yes", "problem": "bad-answer"},
        "junk": {"says": UNREADABLE},
    }
    service = Service(lambda key: answers[key["line"]])
    people = candidates(backend, who=list("abcdef"), line=list(answers))
    rows = gathered(backend, people, asked("net", service, {"line": "candidate.line"}))
    told = dict(zip(answers, states(rows, "net.says"), strict=True))
    assert told == {
        "good": "value",
        "blank": "absent",
        "gone": "absent",
        "late": "source-failed",
        "half": "source-failed",
        "junk": "unreadable",
    }
    problems = [row[problem_column("net")] for row in rows]
    assert problems == [None, None, None, "timeout", "bad-answer", None]
    assert rows[4]["net.says"] is None


def test_sources_chain_through_services_in_any_order(backend: DuckDBBackend) -> None:
    first = Service(lambda key: {"says": key["line"].lower()})
    last = Service(lambda key: {"says": key["cabinet"] * 2})
    table = backend.load(
        "cabinets", pa.table({"line": ["l1", "l2"], "says": ["c1", None], "at": ["", ""]})
    )
    people = candidates(backend, who=["a", "b", "c"], line=["L1", "L2", "L3"])
    rows = gathered(
        backend,
        people,
        asked("net", first, {"line": "candidate.line"}),
        Source("cabinet", (("line", "net.says"),), (field("cabinet.says"),), table),
        asked("port", last, {"cabinet": "cabinet.says"}),
    )
    assert [r["port.says"] for r in rows] == ["c1c1", None, None]
    assert states(rows, "cabinet.says") == ["value", "absent", "absent"]
    assert states(rows, "port.says") == ["value", "key-missing", "key-missing"]
    assert last.asked == [{"cabinet": "c1"}]


def test_nothing_is_asked_through_a_source_that_could_not_be_read(backend: DuckDBBackend) -> None:
    service = Service(lambda key: {"says": "yes"})
    people = candidates(backend, who=["a"], line=["L1"])
    rows = gathered(
        backend,
        people,
        Source("broken", (("line", "candidate.line"),), (field("broken.says"),), None, failure="x"),
        asked("net", service, {"line": "broken.says"}),
    )
    assert service.asked == []
    assert states(rows, "broken.says") == ["source-failed"]
    assert states(rows, "net.says") == ["key-missing"]


def test_of_two_keys_both_must_be_known(backend: DuckDBBackend) -> None:
    table = backend.load(
        "ports", pa.table({"line": ["L1"], "zone": ["north"], "says": ["yes"], "at": [""]})
    )
    people = candidates(backend, who=["a"], line=["L1"])
    keys = (("line", "candidate.line"), ("zone", "broken.says"))
    rows = gathered(
        backend,
        people,
        Source("broken", (("line", "candidate.line"),), (field("broken.says"),), None, failure="x"),
        Source("port", keys, (field("port.says"),), table),
    )
    assert states(rows, "port.says") == ["key-missing"]


def test_an_optional_key_may_be_absent_but_not_unknown(backend: DuckDBBackend) -> None:
    service = Service(lambda key: {"says": f"{key['zone']}"})
    zones = pa.table({"who": ["a", "b"], "says": ["Rome", UNREADABLE]})
    people = candidates(backend, who=["a", "b", "c"], line=["L", "L", "L"])
    rows = gathered(
        backend,
        people,
        Source(
            "home",
            (("who", "candidate.who"),),
            (field("home.says"),),
            backend.load("zones", zones),
        ),
        asked(
            "hours",
            service,
            {"line": "candidate.line", "zone": "home.says"},
            optional=frozenset(["zone"]),
        ),
    )
    assert sorted(service.asked, key=str) == [
        {"line": "L", "zone": "Rome"},
        {"line": "L", "zone": None},
    ]
    assert [r["hours.says"] for r in rows] == ["Rome", None, "None"]
    assert states(rows, "hours.says") == ["value", "key-missing", "value"]


def test_the_problem_of_a_missing_key_is_not_told_of_a_key_nobody_knows(
    backend: DuckDBBackend,
) -> None:
    service = Service(lambda key: {"problem": "no-zone"} if key["zone"] is None else {"says": "y"})
    zones = pa.table({"who": ["b"], "says": [UNREADABLE]})
    rows = gathered(
        backend,
        candidates(backend, who=["a", "b"]),
        Source(
            "home", (("who", "candidate.who"),), (field("home.says"),), backend.load("z", zones)
        ),
        asked("hours", service, {"zone": "home.says"}, optional=frozenset(["zone"])),
    )
    assert states(rows, "hours.says") == ["source-failed", "key-missing"]
    assert [row[problem_column("hours")] for row in rows] == ["no-zone", None]


def test_a_service_that_answers_too_few_keys_ends_the_run(backend: DuckDBBackend) -> None:
    people = candidates(backend, who=["a", "b"], line=["L1", "L2"])
    short = asked("net", lambda _: Found(pa.table({"says": ["x"]})), {"line": "candidate.line"})
    with pytest.raises(UpfrontError, match="asked about 2 keys and answered 1"):
        gathered(backend, people, short)


def test_answers_are_as_old_as_they_say(backend: DuckDBBackend) -> None:
    ages = {
        "fresh": AS_OF - timedelta(hours=1),
        "old": AS_OF - timedelta(hours=5),
        "soon": AS_OF + timedelta(minutes=4),
        "later": AS_OF + timedelta(minutes=6),
    }
    service = Service(
        lambda key: {
            "says": "yes",
            "as_of": micros(ages[key["line"]]) if key["line"] in ages else None,
        }
    )
    people = candidates(backend, who=list("abcde"), line=[*ages, "undated"])
    rows = gathered(
        backend,
        people,
        asked(
            "net",
            service,
            {"line": "candidate.line"},
            max_age=timedelta(hours=4),
            clock_skew=timedelta(minutes=5),
        ),
    )
    assert states(rows, "net.says") == ["value", "stale", "value", "from-the-future", "stale"]


@pytest.mark.parametrize("by_row", [True, False])
def test_what_is_dated_in_the_future_is_unknown(backend: DuckDBBackend, *, by_row: bool) -> None:
    later = AS_OF + timedelta(hours=1)
    table = pa.table({"line": ["L1"], "says": ["yes"], "at": [later.isoformat()]})
    source = Source(
        "net",
        (("line", "candidate.line"),),
        (field("net.says"),),
        backend.load("net", table),
        as_of=None if by_row else later,
        as_of_field=Field("net.as_of", "at", FactType.TIMESTAMP, "UTC") if by_row else None,
        clock_skew=timedelta(minutes=5),
    )
    rows = gathered(backend, candidates(backend, who=["a"], line=["L1"]), source)
    assert states(rows, "net.says") == ["from-the-future"]


def register(backend: DuckDBBackend, dates: list[datetime], max_age: timedelta | None) -> Source:
    """A source with a row for each of the lines L1 and L2."""
    at = [str(date) for date in dates]
    table = pa.table({"line": ["L1", "L2"], "says": ["y", "y"], "at": at})
    return Source(
        "register",
        (("line", "candidate.line"),),
        (field("register.says"),),
        backend.load("register", table),
        as_of_field=Field("register.as_of", "at", FactType.TIMESTAMP, "UTC"),
        max_age=max_age,
        clock_skew=timedelta(minutes=5),
    )


def test_a_row_with_a_wrong_clock_does_not_make_a_register_fresh(backend: DuckDBBackend) -> None:
    old, wrong = AS_OF - timedelta(days=40), AS_OF + timedelta(days=9999)
    source = register(backend, [old, wrong], timedelta(days=15))
    people = candidates(backend, who=["a", "b", "c"], line=["L1", "L2", "L3"])
    rows = gathered(backend, people, source)
    assert "absent" not in states(rows, "register.says")
    assert "value" not in states(rows, "register.says")


@pytest.mark.parametrize("max_age", [None, timedelta(hours=4)])
def test_a_source_whose_rows_are_all_of_the_future_is_not_too_old(
    backend: DuckDBBackend, max_age: timedelta | None
) -> None:
    later = AS_OF + timedelta(days=1)
    source = register(backend, [later, later], max_age)
    people = candidates(backend, who=["a", "b"], line=["L1", "L3"])
    rows = gathered(backend, people, source)
    # Nor is absence proven by it, as it would not be by a source that is dated as a whole.
    assert states(rows, "register.says") == ["from-the-future", "from-the-future"]


def test_a_row_that_is_nobody_names_its_cell(backend: DuckDBBackend) -> None:
    people = candidates(
        backend, who=["", None, UNREADABLE, "d"], problems=[None, None, None, "No good"]
    )
    rows = gathered(backend, people)
    assert [row["invalid"] for row in rows] == [
        "The cell `who (title)` is blank",
        "The cell `who (title)` is blank",
        "The cell `who (title)` can't be read",
        "No good",
    ]


@pytest.mark.parametrize(
    ("key", "told"), [("7", "absent"), ("x7", "source-failed"), ("", "absent")]
)
def test_a_row_whose_key_can_not_be_read_may_be_anybodys(
    backend: DuckDBBackend, key: str, told: str
) -> None:
    table = backend.load("calls", pa.table({"number": ["9", key], "says": ["y", "y"]}))
    people = candidates(backend, who=["a"], number=["8"])
    whole = Field("candidate.number", "number", FactType.INTEGER, "UTC")
    people = replace(people, fields=(whole,))
    source = Source("calls", (("number", "candidate.number"),), (field("calls.says"),), table)
    inputs = Inputs(people, (source,), AS_OF, "UTC")
    wide = gather(inputs, needed_facts(inputs.fields, inputs), backend)
    assert states(backend.rows(wide.table), "calls.says") == [told]
    said = ["its key `number` can't be read as integer in 1 row, which may be anybody's"]
    assert list(wide.failures.values()) == (said if told == "source-failed" else [])
