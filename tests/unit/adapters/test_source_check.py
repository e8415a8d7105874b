"""`sources check`: what it says of keys, cells, ages and matches is so; personal data stays hidden."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import source_check
from adapters.asking import Answer, ask
from adapters.backends.duckdb import DuckDBBackend
from adapters.config.load import Project, load_project
from adapters.source_check import check_sources
from engine.screening.inputs import Found
from tests.support.command_line import AS_OF, upfront, write
from tests.support.small_project import CONFIG, STOCK, small_project

FRESH = "2026-03-02T08:00:00+01:00"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return small_project(tmp_path / "project")


def checked(
    folder: Path, *names: str, listed: bool = True, as_of: str = AS_OF, every: bool = False
) -> Any:
    project = load_project(folder / "config.yaml")
    place = folder / "list.csv" if listed else None
    backend = DuckDBBackend()
    try:
        return check_sources(
            project, names, place, datetime.fromisoformat(as_of), backend, every=every
        )
    finally:
        backend.close()


def test_sources_without_a_fault_are_well(small: Path) -> None:
    report = checked(small)
    assert report["ok"]
    assert report["candidates"] == 8
    stock = report["sources"]["stock"]
    assert (stock["rows"], stock["age"], stock["fresh"]) == (2, 5400, True)
    assert stock["keys"]["distinct"] == 2
    assert stock["candidates"] == {"found": 5, "no_row": 0, "no_key": 3, "unknown": 0}
    register = report["sources"]["register"]["candidates"]
    assert register == {"found": 1, "no_row": 7, "no_key": 0, "unknown": 0}


def test_without_a_list_nothing_is_said_of_matches(small: Path) -> None:
    report = checked(small, listed=False)
    assert report["ok"]
    assert report["candidates"] is None
    assert "candidates" not in report["sources"]["stock"]


def test_keys_that_stand_twice_are_counted_and_one_is_shown(small: Path) -> None:
    (small / "stock.csv").write_text(f"{STOCK}X1,7,{FRESH}\nX1,8,{FRESH}\nX2,8,{FRESH}\n")
    stock = checked(small)["sources"]["stock"]
    assert stock["keys"]["twice"] == 2
    assert stock["keys"]["example"] == {"sku": "X1"}
    assert [p for p in stock["problems"] if "sku = 'X1'" in p and "a run stops" in p]
    # The rows that can't be told from each other match nobody.
    assert stock["candidates"]["found"] == 0


def test_a_personal_key_that_stands_twice_is_not_shown(small: Path) -> None:
    text = CONFIG.replace("register.csv.gz", "register.csv")
    write(small, {"config.yaml": text, "register.csv": "phone,listed_on\n+331,\n+331,\n"})
    report = checked(small)
    register = report["sources"]["register"]
    assert (register["keys"]["twice"], register["keys"]["example"]) == (1, None)
    assert "+331" not in json.dumps(report)


def test_two_rows_are_no_problem_where_the_newest_counts(small: Path) -> None:
    text = CONFIG.replace("    max_age: 4h\n", "    max_age: 4h\n    pick: latest\n")
    later = STOCK.replace("08:00:00", "08:30:00").splitlines()[1]
    write(small, {"config.yaml": text, "stock.csv": f"{STOCK}{later}\n"})
    report = checked(small)
    assert report["ok"]
    assert report["sources"]["stock"]["keys"]["twice"] == 1
    assert report["sources"]["stock"]["candidates"]["found"] == 5


def test_cells_that_cannot_be_read_are_named_by_row_and_never_shown(small: Path) -> None:
    write(small, {"stock.csv": f"sku,available,updated_at\nX1,secret,{FRESH}\nX2,,{FRESH}\n"})
    report = checked(small)
    field = report["sources"]["stock"]["fields"]["stock.available"]
    assert field["unreadable"] == {"rows": 1, "first": [1]}
    assert (field["blank"], field["share"]) == (1, 0.5)
    assert any("row 1" in p and "integer" in p for p in report["sources"]["stock"]["problems"])
    assert "secret" not in json.dumps(report)
    assert not report["ok"]


@pytest.mark.parametrize(
    ("as_of", "words"),
    [("2026-03-02T12:00:01+01:00", "older than"), ("2026-03-02T07:00:00+01:00", "future")],
)
def test_a_source_that_is_too_old_or_from_the_future_is_a_problem(
    small: Path, as_of: str, words: str
) -> None:
    text = CONFIG.replace("as_of: updated_at", f"as_of: {{value: {FRESH}}}")
    write(small, {"config.yaml": text})
    stock = checked(small, "stock", as_of=as_of)["sources"]["stock"]
    assert stock["fresh"] is False
    assert any(words in problem for problem in stock["problems"])
    assert stock["candidates"]["unknown"] == 8


def test_a_source_that_is_not_there_stops_a_run_and_the_others_are_looked_at(small: Path) -> None:
    (small / "stock.csv").unlink()
    report = checked(small)
    assert not report["ok"]
    (problem,) = report["sources"]["stock"]["problems"]
    assert "no file" in problem
    assert "a run stops" in problem
    assert report["sources"]["register"]["problems"] == []


def test_an_optional_source_that_is_not_there_makes_facts_unknown(small: Path) -> None:
    text = CONFIG.replace("    max_age: 4h\n", "    max_age: 4h\n    optional: true\n")
    write(small, {"config.yaml": text})
    (small / "stock.csv").unlink()
    stock = checked(small)["sources"]["stock"]
    assert stock["optional"]
    assert "its facts are unknown" in stock["problems"][0]


CHAIN = """\
  packs:
    read: packs.csv
    key: {offer: candidate.offer_id}
    fields: {sku: string}
  shelf:
    read: shelf.csv
    key: {sku: packs.sku}
    fields: {left: integer}
"""
NAMES = st.sampled_from(["A", "B", "C", "D", ""])


@pytest.mark.soak
@settings(max_examples=50, deadline=None)
@given(
    st.lists(NAMES.filter(bool), min_size=1, max_size=8),
    st.dictionaries(NAMES.filter(bool), NAMES, min_size=1),
    st.lists(NAMES.filter(bool), min_size=1, unique=True),
)
def test_matches_through_another_source_are_those_of_a_join_by_hand(
    tmp_path_factory: pytest.TempPathFactory,
    offers: list[str],
    packs: dict[str, str],
    shelf: list[str],
) -> None:
    folder = small_project(tmp_path_factory.mktemp("chain"))
    rows = [f"L{n},C{n},{offer},34,5,X1,+331" for n, offer in enumerate(offers)]
    listed = "\n".join(["lead,customer,offer,age,priority,sku,phone", *rows, ""])
    said = "\n".join(["offer,sku", *(f"{o},{s}" for o, s in packs.items()), ""])
    kept = "\n".join(["sku,left", *(f"{s},1" for s in shelf), ""])
    write(folder, {"config.yaml": CONFIG + CHAIN, "list.csv": listed})
    write(folder, {"packs.csv": said, "shelf.csv": kept})
    sources = checked(folder, "shelf", "packs")["sources"]
    with_pack = [offer for offer in offers if offer in packs]
    skus = [packs[offer] for offer in with_pack if packs[offer]]
    assert sources["packs"]["candidates"] == {
        "found": len(with_pack),
        "no_row": len(offers) - len(with_pack),
        "no_key": 0,
        "unknown": 0,
    }
    assert sources["shelf"]["candidates"] == {
        "found": sum(sku in shelf for sku in skus),
        "no_row": sum(sku not in shelf for sku in skus),
        "no_key": len(offers) - len(skus),
        "unknown": 0,
    }


def test_what_is_joined_through_another_source_is_matched_too(small: Path) -> None:
    write(small, {"config.yaml": CONFIG + CHAIN, "shelf.csv": "sku,left\nS1,1\n"})
    write(small, {"packs.csv": "offer,sku\nPHONE,S1\nFIBRE,\n"})
    sources = checked(small, "shelf")["sources"]
    # Five are offered a phone; a line has no shelf.
    assert sources["shelf"]["candidates"] == {"found": 5, "no_row": 0, "no_key": 3, "unknown": 0}


def test_what_is_asked_through_what_was_asked_is_matched_too(small: Path) -> None:
    computed = """\
  number:
    read: {phone: {}}
    key: {number: candidate.phone}
    fields: {zones: {type: list<string>, separator: "|"}}
  hours:
    read: {contact_window: {hours: {mon-sun: "08:00-20:00"}}}
    key: {at: candidate.contact_at, zones: number.zones}
    fields: {open: boolean}
"""
    (small / "config.yaml").write_text(CONFIG + computed)
    report = checked(small, "hours")
    assert report["sources"]["hours"]["candidates"]["found"] == 8


def test_a_contact_log_is_counted_as_of_the_moment_that_is_asked_for(small: Path) -> None:
    log = """\
  calls:
    read: {history: calls.csv, at: called_at}
    key: {phone: candidate.phone}
    max_age: 36500d
    clock_skew: 5m
    as_of: {value: 2026-03-01T06:00:00+01:00}
    fields: {calls_7d: {type: integer, count: {within: 7d}}}
"""
    phone = (small / "list.csv").read_text().splitlines()[1].split(",")[-1]
    calls = f"phone,called_at\n{phone},2026-03-05T10:00:00+01:00\n"
    write(small, {"config.yaml": CONFIG + log, "calls.csv": calls})
    before = checked(small, "calls")["sources"]["calls"]["candidates"]
    after = checked(small, "calls", as_of="2026-03-06T09:30:00+01:00")["sources"]["calls"]
    # Called after the moment of the check: as in a run, that is unknown.
    assert before["unknown"] >= 1
    assert after["candidates"]["unknown"] == 0


class Service:
    """Knows keys that end in 1, has no answer for those that end in 2, denies all others."""

    optional: frozenset[str] = frozenset()
    digest, rows, failure = "", 0, ""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, keys: pa.Table) -> Found:
        texts = keys["sku"].to_pylist()
        self.seen += texts
        problem = pa.array(["timeout" if t.endswith("2") else None for t in texts], pa.string())
        known = pa.array([t.endswith(("1", "2")) for t in texts])
        available = pa.array(["3"] * len(texts), pa.string())
        return Found(pa.table({"available": available}), known, problem)


@pytest.mark.parametrize(("every", "asked"), [(False, 2), (True, 3)])
def test_a_service_is_asked_about_a_few_keys_unless_about_all(
    small: Path, monkeypatch: pytest.MonkeyPatch, every: bool, asked: int
) -> None:
    service = Service()

    def asking(project: Project, name: str, as_of: datetime) -> Answer:
        return Answer(None, None, lookup=service) if name == "stock" else ask(project, name, as_of)

    monkeypatch.setattr(source_check, "ask", asking)
    monkeypatch.setattr(source_check, "all_there", lambda project, answers: answers)
    monkeypatch.setattr(source_check, "SAMPLE", 2)
    monkeypatch.setattr(source_check, "is_service", lambda project, name: name == "stock")
    text = CONFIG.replace("    as_of: updated_at\n    max_age: 4h\n", "")
    (small / "config.yaml").write_text(text)
    (small / "list.csv").write_text(
        (small / "list.csv").read_text() + "L9,C9,PHONE,34,5,X3,+33199000009\n"
    )
    report = checked(small, every=every)["sources"]["stock"]
    assert len(service.seen) == asked
    assert report["candidates"]["asked"] == {
        "keys": 3,
        "asked": asked,
        "absent": 1 if every else 0,
        "problems": {"timeout": 1},
    }
    assert report["problems"] == ["no answer for 1 key: timeout"]
    assert report["candidates"]["found"] == 4


def said(folder: Path, *arguments: str) -> tuple[int, str, str]:
    found = upfront(folder, "sources", "check", *arguments, "--as-of", AS_OF)
    return found.code, found.out, found.err


def test_the_command_says_by_its_exit_code_whether_all_is_well(small: Path) -> None:
    code, out, _ = said(small, "list.csv")
    assert code == 0
    assert "all is well" in out
    assert "5 (62.5%) find a row" in out
    (small / "stock.csv").write_text(STOCK.replace("2,2026", "many,2026"))
    code, out, _ = said(small, "list.csv", "stock")
    assert code == 1
    assert "problem: 1 cell of `stock.available`" in out
    assert "register" not in out


def test_the_command_prints_the_same_for_machines(small: Path) -> None:
    code, out, _ = said(small, "--json", "list.csv")
    assert code == 0
    assert json.loads(out) == checked(small) | {"list": "list.csv"}


def test_what_is_neither_a_source_nor_a_list_is_wrong_usage(small: Path) -> None:
    code, _, err = said(small, "stok")
    assert code == 2
    assert "did you mean `stock`" in err
