"""How the program ends: everything said, the right exit code, nothing left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import AS_OF, upfront

PROGRAM = [sys.executable, "-m", "adapters.cli"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["schema", "rules"], 0),
        (["validate"], 0),
        (["no-such-command"], 2),
        (["run", "--no-such-option"], 2),
        (["run", "missing.csv"], 3),
        (["audit", "verify"], 1),
    ],
)
def test_it_says_all_that_it_has_to_say_and_ends_with_its_code(
    arguments: list[str], code: int, small: Path
) -> None:
    within = upfront(small, *arguments)
    ended = subprocess.run(
        [*PROGRAM, *arguments], cwd=small, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, within.code) == (code, code)
    assert ended.stdout == within.out
    assert ended.stderr == within.err


def test_a_run_in_a_process_of_its_own_leaves_no_folder_of_spilled_data(
    small: Path, tmp_path: Path
) -> None:
    spilled = tmp_path / "spilled"
    spilled.mkdir()
    ended = subprocess.run(
        [*PROGRAM, "run", "list.csv", "--as-of", AS_OF, "--json"],
        cwd=small,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(spilled), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["counts"]["read"] == 8
    assert list(spilled.iterdir()) == []


def test_who_stops_listening_gets_no_traceback(small: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "schema", "rules"], cwd=small, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        said = program.stderr.read().decode()
    assert program.returncode != 0
    assert "Traceback" not in said
