"""Files that can't be written: nothing is released, nothing is recorded, and it can be done again."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import adapters.batch
import adapters.prevented
from adapters.config.load import load_project
from adapters.ledger.auditing import verify_ledger
from adapters.ledger.store import open_ledger
from adapters.outputs.staging import Staging
from adapters.writing import blocked_file
from engine.diagnostics import UpfrontError
from tests.support.small_project import long_list, small_project

AS_OF = datetime.fromisoformat("2026-03-02T09:30:00+01:00")
Write = Callable[[pa.RecordBatch], None]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a list of which the blocked come in several batches."""
    monkeypatch.setattr(adapters.prevented, "_PIECE", 200)
    folder = small_project(tmp_path / "project")
    (folder / "list.csv").write_text(long_list(1000))
    return folder


def run(project: Path, out: str = "out") -> dict[str, Any]:
    return adapters.batch.run_list(
        load_project(project / "config.yaml"),
        project / "list.csv",
        as_of=AS_OF,
        started_at=datetime.now(UTC),
        out=project / out,
        allowed=None,
        overwrite=False,
        progress=lambda stage: None,
    )


def test_a_list_that_was_changed_after_its_release_is_not_released_again(
    project: Path,
) -> None:
    first = run(project)
    released = Path(first["outputs"]["allowed"])
    whole = released.read_bytes()
    released.write_bytes(whole + b"L999,C999,PHONE,40,1,,\n")
    with pytest.raises(UpfrontError, match="was changed after this run released it"):
        run(project)
    released.parent.rename(project / "kept")
    assert run(project)["digests"] == first["digests"]
    assert released.read_bytes() == whole


def failing_at(turn: int | None) -> Callable[..., Any]:
    """`blocked_file` of a disk that is full at that batch, or only when the file is closed."""

    @contextmanager
    def full(*about: Any) -> Iterator[Write]:
        with blocked_file(*about) as write:
            turns = 0

            def written(batch: pa.RecordBatch) -> None:
                nonlocal turns
                if turns == turn:
                    raise OSError(errno.ENOSPC, "No space left on device")
                turns += 1
                write(batch)

            yield written
            assert turns > 3
        if turn is None:
            raise OSError(errno.ENOSPC, "No space left on device")

    return full


@pytest.mark.parametrize("turn", [0, 1, 4, None])
def test_a_blocked_list_that_cannot_be_written_leaves_no_run(
    turn: int | None, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(adapters.batch, "blocked_file", failing_at(turn))
        with pytest.raises(UpfrontError, match="No space left"):
            run(project)
    ledger = open_ledger(f"sqlite:///{project}/upfront.db", project / "upfront.key")
    assert list(ledger.runs()) == []
    assert not any((project / "out").iterdir())
    manifest = run(project)
    assert manifest["counts"]["read"] == 1000
    assert verify_ledger(ledger).moments == manifest["counts"]["blocked"]


def test_an_allowed_list_that_cannot_be_written_leaves_no_run(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*about: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(adapters.batch, "write_allowed", full)
        with pytest.raises(UpfrontError, match="out can't be written: No space left on device"):
            run(project)
    assert not any((project / "out").iterdir())
    assert run(project)["counts"]["read"] == 1000


def test_a_release_made_anew_that_fails_half_way_is_not_released_by_the_next_run(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = project / "out" / run(project)["run_id"]
    whole = {path.name: path.read_bytes() for path in released.glob("*.csv")}
    shutil.rmtree(released)
    with monkeypatch.context() as patched:
        patched.setattr(adapters.batch, "blocked_file", failing_at(4))
        with pytest.raises(UpfrontError, match="No space left"):
            run(project)
    run(project)
    assert {path.name: path.read_bytes() for path in released.glob("*.csv")} == whole


def test_the_same_run_that_another_process_has_just_ended_is_no_error(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def after_the_other(*about: Any) -> Staging:
        monkeypatch.setattr(adapters.batch, "Staging", Staging)
        run(project)
        return Staging(*about)

    monkeypatch.setattr(adapters.batch, "Staging", after_the_other)
    manifest = run(project)
    assert [path.name for path in (project / "out").iterdir()] == [manifest["run_id"]]


def test_the_same_run_made_at_the_same_time_elsewhere_can_be_made_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def after_the_other(*about: Any) -> Any:
        monkeypatch.setattr(adapters.batch, "blocked_file", blocked_file)
        run(project, "elsewhere")
        return blocked_file(*about)

    monkeypatch.setattr(adapters.batch, "blocked_file", after_the_other)
    with pytest.raises(UpfrontError, match="was recorded meanwhile") as caught:
        run(project)
    assert caught.value.hint.startswith("run it again")
    manifest = run(project)
    assert [path.name for path in (project / "out").iterdir()] == [manifest["run_id"]]


@pytest.mark.slow
def test_what_was_removed_or_damaged_is_released_again(project: Path) -> None:
    first = run(project)
    released = project / "out" / first["run_id"]

    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in released.iterdir()}

    whole = files()
    for name in ("allowed.csv", "blocked.csv"):
        (released / name).unlink()
        assert "repeated" not in run(project)
        assert files() == whole
    for text in ("{}", "[]", "\0"):
        (released / "run.json").write_text(text)
        assert "repeated" not in run(project)
        assert files() == whole
    assert run(project) == {**first, "repeated": True}


def test_where_a_run_s_lists_are_is_not_taken_from_its_manifest(project: Path) -> None:
    first = run(project)
    manifest = project / "out" / first["run_id"] / "run.json"
    edited = json.loads(manifest.read_text())
    edited["outputs"]["allowed"] = str(project / "config.yaml")
    manifest.write_text(json.dumps(edited))
    assert run(project)["outputs"] == first["outputs"]
    (project / "out").rename(project / "moved")
    again = run(project, out="moved")
    assert again["repeated"]
    assert again["outputs"]["allowed"] == first["outputs"]["allowed"].replace("/out/", "/moved/")
