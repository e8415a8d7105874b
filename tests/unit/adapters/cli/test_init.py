"""`upfront init`: where a starter project is made, and what is left when it can't be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.command_line import everything, upfront


def test_a_project_is_made_in_the_folder_that_one_stands_in(tmp_path: Path) -> None:
    here = tmp_path / "shop"
    here.mkdir()
    before = here.stat().st_ino
    said = upfront(here, "init", ".")
    assert (said.code, said.err) == (0, "")
    assert "cd " not in said.out
    # Whoever stands in it goes on standing in it.
    assert here.stat().st_ino == before
    assert sorted(path.name for path in here.iterdir()) == [
        ".gitignore", "config.yaml", "rules", "samples", "schemas",
    ]  # fmt: skip
    assert upfront(here, "validate").code == 0


def test_what_to_type_next_can_be_typed(tmp_path: Path) -> None:
    assert "  cd 'my shop'\n" in upfront(tmp_path, "init", "my shop").out


def test_a_project_that_can_not_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    (tmp_path / "there").mkdir()
    for name in ("there", "new"):
        said = upfront(tmp_path, "init", name)
        assert (said.code, said.err) == (
            1,
            f"error: {name} can't be made: No space left on device\n",
        )
    assert list(everything(tmp_path)) == ["there"]
