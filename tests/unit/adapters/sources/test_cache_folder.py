"""What is kept between runs is kept for one user, whole, and apart from other runs."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.sources.cache_folder import cache_file, locked, replacing, secret


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_made_for_their_user_only(tmp_path: Path) -> None:
    folder = tmp_path / "some" / "cache"
    path = cache_file(folder, "answers")
    assert (mode(folder), mode(path), path.read_bytes()) == (0o700, 0o600, b"")
    assert (folder / ".gitignore").read_text() == "*\n"
    path.write_text("kept")
    path.chmod(0o644)
    assert cache_file(folder, "answers").read_text() == "kept"
    assert mode(path) == 0o600


def test_a_folder_that_others_may_write_to_is_not_used_and_not_changed(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(PermissionError, match="others may write"):
        cache_file(shared, "answers")
    assert mode(shared) == 0o1777
    assert list(shared.iterdir()) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    cache_file(folder, "answers")
    elsewhere = tmp_path / "elsewhere"
    (folder / "linked").symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic links"):
        cache_file(folder, "linked")
    assert not elsewhere.exists()


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = cache_file(tmp_path / "cache", "answers")
    with replacing(path) as new:
        new.write_text("first")
    with pytest.raises(UnicodeEncodeError), replacing(path) as new:
        new.write_text("second \ud800", "utf-8")
    assert (path.read_text(), mode(path)) == ("first", 0o600)
    assert sorted(p.name for p in path.parent.iterdir()) == [".gitignore", "answers"]


def test_all_who_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as many:
        found = set(many.map(lambda _: secret(tmp_path / "cache"), range(40)))
    assert len(found) == 1
    assert len(found.pop()) == 32
    assert mode(tmp_path / "cache" / "secret") == 0o600


def test_only_one_at_a_time_is_between_the_locks(tmp_path: Path) -> None:
    path = cache_file(tmp_path / "cache", "count")
    path.write_text("0")

    def count(_: int) -> None:
        with locked(path.parent, "count"):
            path.write_text(str(int(path.read_text()) + 1))

    with ThreadPoolExecutor(8) as many:
        list(many.map(count, range(100)))
    assert path.read_text() == "100"
