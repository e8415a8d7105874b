"""How the program ends: everything said, the right exit code, nothing left behind."""

from __future__ import annotations

import json
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import AS_OF, upfront, write

PROGRAM = [sys.executable, "-m", "adapters.cli"]


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_run_without_standard_streams_is_a_run_like_any_other(small: Path) -> None:
    command = shlex.join([*PROGRAM, "run", "list.csv", "--as-of", AS_OF])
    ended = subprocess.run(
        ["/bin/sh", "-c", f"{command} <&- >&- 2>&-"], cwd=small, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert len(list(small.glob("out/*/allowed.csv"))) == 1


def test_a_run_is_done_whether_anybody_listens_to_the_end_or_not(small: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "run", "list.csv", "--as-of", AS_OF],
        cwd=small,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        said = program.stderr.read().decode()
    assert (program.returncode, said) == (0, "")
    assert len(list(small.glob("out/*/allowed.csv"))) == 1


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_what_cannot_be_printed_is_said_without_doubt_about_the_list(small: Path) -> None:
    def into_full(*arguments: str) -> tuple[int, str]:
        with Path("/dev/full").open("w") as full:
            ended = subprocess.run(
                [*PROGRAM, *arguments],
                cwd=small,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        return ended.returncode, ended.stderr

    code, said = into_full("run", "list.csv", "--as-of", AS_OF, "--json")
    assert (code, "the list is released" in said, "run.json" in said) == (1, True, True)
    code, said = into_full("schema", "rules")
    assert (code, said) == (1, "error: the system refused: No space left on device\n")
    code, said = into_full("--help")
    assert (code, said) == (1, "error: the system refused: No space left on device\n")


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupted_run_says_how_to_go_on(small: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        config = (small / "config.yaml").read_text()
        config = config.replace("read: stock.csv", f'read: {{tmf687: "{url}"}}')
        write(small, {"config.yaml": config.replace("key: {sku:", "key: {offering:")})
        with subprocess.Popen(
            [*PROGRAM, "run", "list.csv", "--as-of", AS_OF],
            cwd=small,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            # Else it is deaf where the tests are, as in the background of a shell, and waits for ever.
            preexec_fn=_hear_interrupts,  # noqa: PLW1509 - it does nothing that could lock
        ) as program:
            assert program.stderr is not None
            # The run is under way once it asks, and waits for the answer.
            with silent.accept()[0]:
                program.send_signal(signal.SIGINT)
                said = program.stderr.read().decode()
    assert program.returncode == 130
    assert said.startswith("error: interrupted")
    assert f"--as-of {AS_OF}" in said
    assert not list(small.glob("out/*"))
