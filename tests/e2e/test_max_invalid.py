"""More rows that can't be read than config.yaml puts up with: nobody is called, nothing is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import AS_OF, everything, upfront
from tests.support.small_project import CONFIG, LIST

# Two of eight rows: one names nobody, one is cut.
SPOILED = LIST.replace("L2,C2,", "L2,,").replace("L5,C5,FIBRE,40,2,,+33199000005", "L5,C5")


def put_up_with(folder: Path, most: str) -> None:
    said = CONFIG.replace("  fields:\n    age", f"  max_invalid: {most}\n  fields:\n    age", 1)
    (folder / "config.yaml").write_text(said)
    (folder / "list.csv").write_text(SPOILED)


@pytest.mark.parametrize(("command", "most"), [("run", "1"), ("plan", "24.9%")])
def test_too_many_rows_that_can_not_be_read_fail_the_run(
    small: Path, command: str, most: str
) -> None:
    put_up_with(small, most)
    before = everything(small)
    said = upfront(small, command, "list.csv", "--as-of", AS_OF)
    assert said.code == 1
    assert said.out == ""
    assert f"2 of 8 rows can't be read as candidates, more than `max_invalid: {most}`" in said.err
    assert (
        "row 2: The cell `customer` is blank; row 5: The row has 2 cells instead of 7" in said.err
    )
    left = {name for name in everything(small) if not name.startswith(("upfront.", "out"))}
    assert left == set(before)
    assert not list(small.glob("out/*/allowed.csv"))
    if command == "run":
        assert upfront(small, "audit", "list", "--json").data() == []


def test_as_many_as_are_put_up_with_are_blocked(small: Path) -> None:
    put_up_with(small, "25%")
    said = upfront(small, "plan", "list.csv", "--as-of", AS_OF, "--json")
    assert said.code == 0, said.err
    assert said.data()["counts"]["by_cause"]["invalid"] == 2


def test_a_comparison_is_refused_in_the_same_words(small: Path) -> None:
    put_up_with(small, "1")
    said = upfront(small, "compare", "list.csv", "--to", "rules", "--as-of", AS_OF)
    assert said.code == 1, said.err
    assert "2 of 8 rows can't be read as candidates" in said.err
    assert "row 2: The cell `customer` is blank" in said.err


def test_one_candidate_of_such_a_list_can_still_be_explained(small: Path) -> None:
    put_up_with(small, "0")
    said = upfront(small, "explain", "L1", "--list", "list.csv", "--as-of", AS_OF)
    assert said.code == 0, said.err
