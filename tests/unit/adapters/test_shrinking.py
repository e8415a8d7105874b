"""How many rows a source may have less than in the last run that read it whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest

from adapters.asking import Answer
from adapters.config.load import Project, load_project
from adapters.ledger.store import Ledger
from adapters.shrinking import (
    NothingToAccept,
    SourceShrank,
    check_accepted,
    is_watched,
    refuse_shrunk,
    refuse_shrunk_in_plan,
)
from adapters.sources.read import SourceText
from adapters.wiring import Gathered, project_ledger
from tests.support.small_project import CONFIG, small_project
from tests.unit.adapters.ledger.made import TEXTS, moments_of, run_of


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = small_project(tmp_path)
    text = CONFIG.replace("    max_age: 4h\n", "    max_age: 4h\n    max_shrink: 12.5%\n")
    (folder / "config.yaml").write_text(text)
    return load_project(folder / "config.yaml")


def read(stock: int, failure: str = "", register: int = 5) -> Gathered:
    """What was read: so many rows of each source."""

    def answer(rows: int, failure: str = "") -> Answer:
        table = pa.table({"x": pa.array([""] * rows, pa.string())})
        return Answer(SourceText(table, "aa"), None, failure)

    return Gathered(
        cast("Any", None),
        cast("Any", None),
        {"stock": answer(stock, failure), "register": answer(register)},
    )


def recorded(project: Project, *stocks: int, whole: bool = True) -> Ledger:
    """The ledger after runs that read so many rows of `stock`."""
    ledger = project_ledger(project, create=True)
    for rows in stocks:
        run_id = f"r{len(ledger.runs()) + 1}"
        said = {"rows": rows, "as_of": None, "digest": "", "failure": "", "whole": whole}
        sources = {"stock": said, "register": {**said, "rows": 1_000}}
        ledger.record(replace(run_of(run_id, 1), sources=sources), TEXTS, moments_of(run_id, 1))
    return ledger


@pytest.mark.parametrize(
    ("before", "now", "passes"),
    [
        (8, 7, True),
        (8, 6, False),
        (1_000_000, 875_000, True),
        (1_000_000, 874_999, False),
        (1, 0, False),
        (0, 0, True),
        (3, 3_000, True),
    ],
)
def test_the_share_is_exact(project: Project, before: int, now: int, passes: bool) -> None:
    ledger = recorded(project, before)
    if passes:
        refuse_shrunk(project, read(now), ledger, ())
    else:
        with pytest.raises(SourceShrank) as caught:
            refuse_shrunk(project, read(now), ledger, ())
        assert f"{before:,}" in str(caught.value)
        assert f"{now:,}" in str(caught.value)
        assert "register" not in str(caught.value)
        refuse_shrunk(project, read(now), ledger, ("stock",))


def test_the_last_run_that_read_it_whole_is_the_measure(project: Project) -> None:
    ledger = recorded(project, 1_000, 100)
    refuse_shrunk(project, read(90), ledger, ())
    recorded(project, 3, whole=False)
    with pytest.raises(SourceShrank, match="r2, as of"):
        refuse_shrunk(project, read(87), ledger, ())


def test_the_first_run_passes_and_so_does_what_could_not_be_read(project: Project) -> None:
    assert is_watched(project, read(1))
    refuse_shrunk(project, read(1), recorded(project), ())
    refuse_shrunk(project, read(0, "it is cut off"), recorded(project, 100), ())
    assert not is_watched(project, read(0, "it is cut off"))


def test_a_plan_fails_likewise_and_makes_no_ledger(project: Project) -> None:
    refuse_shrunk_in_plan(project, read(1), ())
    assert not (project.root / "upfront.db").exists()
    recorded(project, 100)
    with pytest.raises(SourceShrank):
        refuse_shrunk_in_plan(project, read(1), ())
    refuse_shrunk_in_plan(project, read(1), ("stock",))


def test_only_what_is_watched_can_be_accepted(project: Project) -> None:
    check_accepted(project, ("stock",))
    for name, hint in (("stok", "did you mean `stock`"), ("register", "stock"), ("", "stock")):
        with pytest.raises(NothingToAccept) as caught:
            check_accepted(project, (name,))
        assert hint in caught.value.hint
        assert caught.value.exit_code == 2
