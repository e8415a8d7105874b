"""`--allowed FILE`: where the list may go, and what it must never take the place of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.command_line import AS_OF, everything, upfront, write


@pytest.mark.parametrize(
    "name",
    [
        "list.csv",
        "config.yaml",
        "upfront.db",
        "upfront.key",
        "rules/all.yaml",
        "rules",
        "stock.csv",
    ],
)
def test_the_allowed_list_never_takes_the_place_of_what_a_run_needs(small: Path, name: str) -> None:
    assert upfront(small, "run", "list.csv", "--as-of", AS_OF).code == 0
    before = everything(small)
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--allowed", name, "--overwrite")
    assert said.code == 1
    assert "a file that this run needs" in said.err or "is no file" in said.err
    assert everything(small) == before


def test_the_allowed_list_goes_where_a_link_leads(small: Path) -> None:
    write(small, {"dialer/tonight.csv": "yesterday's"})
    (small / "link.csv").symlink_to(small / "dialer" / "tonight.csv")
    said = upfront(
        small, "run", "list.csv", "--as-of", AS_OF, "--allowed", "link.csv", "--overwrite"
    )
    assert said.code == 0, said.err
    assert (small / "link.csv").is_symlink()
    assert "L1" in (small / "dialer" / "tonight.csv").read_text()


def test_a_name_that_no_file_can_have_is_told_with_where_the_list_is(small: Path) -> None:
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--allowed", "a" * 250 + ".csv")
    assert said.code == 1
    assert "can't be written: File name too long" in said.err
    assert "the list is whole at out/" in said.err


def test_a_folder_that_is_read_only_is_told_before_anything_is_recorded(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, allows = small / "dialer", os.access
    closed.mkdir()
    (small / "link.csv").symlink_to(closed / "tonight.csv")
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p) != closed and allows(p, mode))
    for name in ("dialer/tonight.csv", "link.csv"):
        said = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--allowed", name)
        assert said.code == 1
        assert "is read-only" in said.err
    assert not (small / "upfront.db").exists()
