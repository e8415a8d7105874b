"""Numbers are told once; what is kept of them tells nobody who they are, and never a wrong thing."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.config.computed import KINDS
from adapters.sources.computed import phone as phone_module
from adapters.sources.computed import phone_cache
from adapters.sources.computed.phone import Phone
from adapters.sources.computed.phone_cache import NumberCache
from adapters.sources.computed.phone_workers import told_by_all

WANTED = tuple(KINDS["phone"].gives)
NUMBERS = [
    "+39 333 1234567", "02 1234567", "+39 06 698 12345", "+34 612 345 678", "+1 212 555 0123",
    "+1 800 FLOWERS", "+39 02 1234567 ext. 9", "112", "n/a", "+800 1234 5678", "+39 6 6982",
    "３３３１２３４５６７",
]  # fmt: skip
FILE = "phone-numbers.parquet"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def new(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers that were told anew."""
    seen: list[str] = []

    def told(numbers: list[str], regions: list[str | None]) -> pa.Table:
        seen.extend(numbers)
        return told_by_all(numbers, regions)

    monkeypatch.setattr(phone_module, "told_by_all", told)
    return seen


def ask(folder: Path | None, numbers: list[str], region: str | None = "IT") -> pa.Table:
    keys = pa.table({"number": pa.array(numbers, pa.string())})
    found = Phone(region, WANTED, folder)(keys)
    return found.table.append_column("problem", found.problem)


def days_later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    begin = NumberCache.__init__

    def later(self: NumberCache, folder: Path, numbers: Any, regions: Any, today: int) -> None:
        begin(self, folder, numbers, regions, today + days)

    monkeypatch.setattr(NumberCache, "__init__", later)


def test_the_second_time_numbers_are_known(folder: Path, new: list[str]) -> None:
    first = ask(folder, NUMBERS)
    assert new == NUMBERS
    new.clear()
    assert ask(folder, NUMBERS[::-1]).to_pylist() == first.to_pylist()[::-1]
    # Letters, extensions and other people's digits: not to be made anew from a few last digits.
    assert set(new) == {"+1 800 FLOWERS", "+39 02 1234567 ext. 9", "３３３１２３４５６７"}


def test_a_mixed_list_keeps_its_order(folder: Path) -> None:
    ask(folder, NUMBERS[::2])
    assert ask(folder, NUMBERS).to_pylist() == ask(None, NUMBERS).to_pylist()


def test_a_number_is_another_one_in_another_region(folder: Path, new: list[str]) -> None:
    ask(folder, ["612 345 678"], "ES")
    assert ask(folder, ["612 345 678"], "FR").to_pylist()[0]["region"] == "FR"
    assert ask(folder, ["612 345 678"], "ES").to_pylist()[0]["region"] == "ES"
    assert ask(folder, ["612 345 678"], None).to_pylist()[0]["problem"] == "no-region"
    assert len(new) == 3


@given(
    st.lists(
        st.text("+0123456789 ()-/;ext.", min_size=1, max_size=20)
        | st.sampled_from(NUMBERS)
        | st.integers(3_200_000_000, 3_999_999_999).map(str),
        unique=True,
        max_size=20,
    ),
    st.integers(0, 20),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_kept_answer_is_the_new_one(folder: Path, numbers: list[str], before: int) -> None:
    ask(folder, numbers[:before])
    assert ask(folder, numbers).to_pylist() == ask(None, numbers).to_pylist()


def test_no_number_stands_on_disk(folder: Path) -> None:
    ask(folder, NUMBERS)
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    kept = pq.read_table(folder / FILE)
    for number in NUMBERS:
        digits = re.sub(r"\D", "", number)
        if len(digits) > 3:
            assert digits.encode() not in content
            assert digits[-6:] not in str(kept.drop_columns(["key", "used"]).to_pylist())
    assert "e164" not in kept.column_names


def test_the_same_number_has_another_key_in_another_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        ask(tmp_path / name, ["+39 333 1234567"])
    keys = [pq.read_table(tmp_path / name / FILE)["key"].to_pylist() for name in ("a", "b")]
    assert keys[0] != keys[1]


def test_folder_and_files_are_for_their_user_only(folder: Path) -> None:
    ask(folder, NUMBERS)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    private = [p.name for p in folder.iterdir() if stat.S_IMODE(p.stat().st_mode) == 0o600]
    assert {FILE, "secret"} <= set(private)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[20] ^= 0xFF
    path.write_bytes(content)


def other_columns(path: Path) -> None:
    pq.write_table(pa.table({"key": ["x"]}), path)


def other_version(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({"phonenumbers": "8.0", "format": "1"}), path)


@pytest.mark.parametrize(
    "damage",
    [lambda p: p.write_bytes(b""), lambda p: p.write_bytes(b"PAR1"), cut, flip, other_columns,
     other_version],
    ids=["empty", "stub", "cut", "flipped", "columns", "version"],
)  # fmt: skip
def test_a_damaged_or_outdated_cache_is_made_anew(
    folder: Path, new: list[str], damage: Callable[[Path], Any]
) -> None:
    numbers = NUMBERS[:5]
    first = ask(folder, numbers)
    damage(folder / FILE)
    new.clear()
    assert ask(folder, numbers).equals(first)
    assert new == numbers
    ask(folder, numbers)
    assert new == numbers


def test_a_folder_that_can_not_be_used_costs_time_only(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    assert ask(file, NUMBERS).equals(ask(None, NUMBERS))
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    assert ask(open_to_all, NUMBERS).equals(ask(None, NUMBERS))
    assert list(open_to_all.iterdir()) == []


def test_a_damaged_secret_is_replaced_and_nothing_is_mistaken(folder: Path, new: list[str]) -> None:
    first = ask(folder, NUMBERS[:5])
    (folder / "secret").write_bytes(b"short")
    new.clear()
    assert ask(folder, NUMBERS[:5]).equals(first)
    assert new == NUMBERS[:5]


def test_what_was_not_used_for_half_a_year_is_dropped(
    folder: Path, monkeypatch: pytest.MonkeyPatch, new: list[str]
) -> None:
    ask(folder, NUMBERS[:4])
    days_later(monkeypatch, 100)
    ask(folder, NUMBERS[:2])
    days_later(monkeypatch, 100)
    ask(folder, ["+39 333 7654321"])
    new.clear()
    ask(folder, NUMBERS[:4])
    assert new == NUMBERS[2:4]


def test_the_most_recently_used_stay_when_there_are_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch, new: list[str]
) -> None:
    monkeypatch.setattr(phone_cache, "_MOST", 3)
    ask(folder, NUMBERS[:2])
    days_later(monkeypatch, 10)
    ask(folder, NUMBERS[2:5])
    new.clear()
    ask(folder, NUMBERS[2:5])
    assert new == []
    assert pq.read_table(folder / FILE).num_rows == 3


def test_runs_at_the_same_time_lose_none_of_each_others_numbers(
    folder: Path, new: list[str]
) -> None:
    lists = [[f"+39 333 12{n}{m:04}" for m in range(40)] for n in range(8)]
    with ThreadPoolExecutor(8) as runs:
        list(runs.map(lambda numbers: ask(folder, numbers), lists))
    new.clear()
    for numbers in lists:
        ask(folder, numbers)
    assert new == []
