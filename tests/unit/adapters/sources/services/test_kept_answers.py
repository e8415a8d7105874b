"""Answers kept between runs save questions; a damaged or outdated cache never answers one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.sources.services.qualification import ServiceQualification
from tests.support.services import Dating, Heard, Keeping, ask, reach, service
from tests.support.tmf_acts import altered
from tests.support.tmf_server import TmfServer, status, tmf_server

KEYS = ["+33199777001", "+33199777002", "+33199777003"]
DAY = timedelta(days=1)


@pytest.fixture
def server() -> Iterator[TmfServer]:
    with tmf_server() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def asked(server: TmfServer, folder: Path, age: timedelta = DAY, **over: Any) -> Heard:
    return ask(service(server.url, keeping=Keeping(folder, "line", age), **over), KEYS)


def questions(server: TmfServer) -> int:
    """How many there were since they were last counted."""
    count = len(server.seen)
    server.seen.clear()
    return count


def file_of(folder: Path) -> Path:
    return folder / "service-line.sqlite"


def test_what_was_answered_is_not_asked_again(server: TmfServer, folder: Path) -> None:
    server.answers[KEYS[0]] = {
        "qualificationResult": "unqualified",
        "service": {"serviceCharacteristic": [{"name": "technology", "value": "ADSL"}]},
    }
    first = asked(server, folder)
    assert questions(server) == 3
    begun = datetime.now(UTC)
    second = asked(server, folder)
    assert questions(server) == 0
    assert second.cells == first.cells
    assert second.cells[KEYS[0]] == {"result": "unqualified", "characteristic.technology": "ADSL"}
    # They keep the date that they were given.
    assert all(date is not None and date < begun for date in second.dates.values())


def test_a_problem_is_not_kept(server: TmfServer, folder: Path) -> None:
    server.acts = {KEYS[0]: [status(500)], KEYS[1]: [altered({"state": "rejected"})]}
    assert asked(server, folder).problems[KEYS[2]] is None
    questions(server)
    server.acts = {}
    assert set(asked(server, folder).problems.values()) == {None}
    assert questions(server) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"age": timedelta(0)},
        {"dating": Dating(datetime.now(UTC) + 2 * DAY, max_age=DAY)},
        {"wanted": ["result", "available_on"]},
        {"kind": ServiceQualification(ZoneInfo("America/New_York"))},
    ],
    ids=["too old for the cache", "too old for the run", "other facts", "other days"],
)
def test_what_a_kept_answer_cannot_tell_is_asked_anew(
    server: TmfServer, folder: Path, change: dict[str, Any]
) -> None:
    asked(server, folder)
    questions(server)
    asked(server, folder, **change)
    assert questions(server) == 3


def test_an_answer_that_expired_meanwhile_is_asked_anew(server: TmfServer, folder: Path) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    server.acts = {KEYS[0]: [altered({"expirationDate": soon}), status(404)]}
    asked(server, folder)
    questions(server)
    later = asked(server, folder, dating=Dating(datetime.now(UTC) + timedelta(hours=2)))
    assert later.problems[KEYS[0]] == "http-404"
    assert questions(server) == 1


def test_another_address_has_other_answers(server: TmfServer, folder: Path) -> None:
    asked(server, folder)
    with tmf_server() as other:
        asked(other, folder)
        assert questions(other) == 3


def test_neither_keys_nor_answers_that_nobody_reads_stand_in_the_file(
    server: TmfServer, folder: Path
) -> None:
    server.headers[KEYS[0]] = {"relatedParty": [{"id": "Ms Planted", "@referredType": "Party"}]}
    asked(server, folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    content = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    assert [f for f in content if f.stat().st_mode & 0o077 and f.suffix != ".gitignore"] == [
        f for f in content if f.name == ".gitignore"
    ]
    together = b"".join(content.values())
    assert [w for w in (*KEYS, "Ms Planted", "place") if w.encode() in together] == []
    assert b"qualified" in together


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "not a database": lambda content: b"hello" * 1000,
    "cut": lambda content: content[: len(content) // 2],
    "a page of noise": lambda content: content[:4096] + bytes(range(256)) * 16 + content[8192:],
    "head only": lambda content: content[:100],
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_begun_anew(server: TmfServer, folder: Path, name: str) -> None:
    asked(server, folder)
    path = file_of(folder)
    for extra in folder.glob("*-wal"):
        extra.unlink()
    path.write_bytes(DAMAGES[name](path.read_bytes()))
    questions(server)
    again = asked(server, folder)
    assert {cells["result"] for cells in again.cells.values()} == {"qualified"}
    assert questions(server) == 3
    asked(server, folder)
    assert questions(server) == 0


def test_a_damage_is_said(server: TmfServer, folder: Path) -> None:
    asked(server, folder)
    file_of(folder).write_bytes(b"hello" * 1000)
    again = service(server.url, keeping=Keeping(folder, "line", DAY))
    ask(again, KEYS)
    assert again.failure == "its cache was damaged and is begun anew"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE answer_1 SET told = replace(told, 'unqualified', 'qualified')",
        "UPDATE answer_1 SET given_at = given_at + 1000000",
        "UPDATE answer_1 SET told = 'null'",
        "UPDATE answer_1 SET told = x'00ff'",
        "UPDATE answer_1 SET given_at = 'yesterday'",
        "UPDATE answer_1 SET seal = (SELECT max(seal) FROM answer_1)",
        "UPDATE answer_1 SET told = (SELECT max(told) FROM answer_1)",
    ],
)
def test_an_altered_row_is_no_answer(server: TmfServer, folder: Path, change: str) -> None:
    server.answers[KEYS[0]] = {"qualificationResult": "unqualified"}
    asked(server, folder)
    with sqlite3.connect(file_of(folder)) as connection:
        connection.execute(change)
    connection.close()
    questions(server)
    again = asked(server, folder)
    assert [again.cells[key]["result"] for key in KEYS] == ["unqualified", "qualified", "qualified"]
    # A row that was left as it was may still answer.
    assert 1 <= questions(server) <= 3


def test_a_folder_that_is_not_ours_is_not_used(server: TmfServer, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    for _ in range(2):
        again = service(server.url, keeping=Keeping(folder, "line", DAY))
        assert set(ask(again, KEYS).problems.values()) == {None}
        assert again.failure == "its cache can't be used, so everything was asked anew"
    assert questions(server) == 6
    assert list(folder.iterdir()) == []


def _asked_elsewhere(url: str, folder: Path, keys: list[str]) -> dict[str, str | None]:
    limits = reach(url, concurrency=2)
    return ask(service(limits, keeping=Keeping(folder, "line", DAY)), keys).problems


def _kept_by_two(server: TmfServer, folder: Path, at_a_time: Executor) -> None:
    keys = [f"P{n}" for n in range(120)]
    shares = [
        at_a_time.submit(_asked_elsewhere, server.url, folder, k) for k in (keys[:80], keys[40:])
    ]
    for share in shares:
        assert set(share.result().values()) == {None}
    questions(server)
    ask(service(server.url, keeping=Keeping(folder, "line", DAY)), keys)
    assert questions(server) == 0


def test_two_runs_may_keep_answers_at_a_time(server: TmfServer, folder: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        _kept_by_two(server, folder, threads)


@pytest.mark.soak
def test_two_processes_may_keep_answers_at_a_time(server: TmfServer, folder: Path) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        _kept_by_two(server, folder, processes)


def test_what_is_too_old_is_forgotten(server: TmfServer, folder: Path) -> None:
    asked(server, folder)
    ask(service(server.url, keeping=Keeping(folder, "line", timedelta(0))), [])
    with sqlite3.connect(file_of(folder)) as connection:
        rows = connection.execute("SELECT count(*) FROM answer_1").fetchone()
    connection.close()
    assert rows == (0,)
