"""The set-up scripts on machines that lack something, told apart by what is on PATH."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASICS = ["sh", "cat", "mktemp", "rm", "mv", "sed", "tr", "uname", "dirname", "chmod", "cksum"]

# A system's Python: complete or not as the files beside it say.
PYTHON = """#!/bin/sh
case "$*" in
    *ensurepip*) [ -f "{here}/venv" ] ;;
    *'get_path("include")'*) echo "{here}/include" ;;
    *'get_config_var("CC")'*) echo "gcc -pthread" ;;
    *base_prefix*) echo "{prefix}" ;;
    *version_info*) echo 3.12 ;;
    *) exit 9 ;;
esac
"""

COMPILER = "#!/bin/sh\nexit 0\n"
BROKEN = "#!/bin/sh\necho 'stdio.h: no such file' >&2\nexit 1\n"


class Machine:
    """A machine with nothing on it but a shell, a few basics and a Python."""

    def __init__(self, here: Path, prefix: str = "/usr") -> None:
        self.here = here
        self.bin = here / "bin"
        self.bin.mkdir()
        for name in BASICS:
            found = shutil.which(name)
            assert found is not None, name
            (self.bin / name).symlink_to(found)
        self.program("python3", PYTHON.format(here=here, prefix=prefix))
        self.user(0)

    def program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)

    def user(self, uid: int) -> None:
        self.program("id", f"#!/bin/sh\necho {uid}\n")

    def has_venv(self) -> None:
        (self.here / "venv").touch()

    def has_headers(self) -> None:
        (self.here / "include").mkdir()
        (self.here / "include" / "Python.h").touch()

    def has_compiler(self) -> None:
        self.program("gcc", COMPILER)

    def has_apt(self) -> None:
        """`apt-get install` that notes what it was asked for and completes the machine."""
        self.program(
            "apt-get",
            f'#!/bin/sh\necho "$*" >> "{self.here}/asked"\n'
            f'[ "$1" = install ] || exit 0\n'
            f'"{shutil.which("mkdir")}" -p "{self.here}/include"\n'
            f': > "{self.here}/include/Python.h"\n: > "{self.here}/venv"\n'
            f'printf "#!/bin/sh\\n" > "{self.bin}/gcc"\nchmod +x "{self.bin}/gcc"\n',
        )

    def asked(self) -> list[str]:
        path = self.here / "asked"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def set_up(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(ROOT / "scripts" / "toolchain.sh"), "python3"],
            env={"PATH": str(self.bin), "TMPDIR": str(self.here), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_complete_machine_is_left_alone_without_a_word(machine: Machine) -> None:
    machine.has_venv()
    machine.has_headers()
    machine.has_compiler()
    machine.has_apt()
    done = machine.set_up()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.asked() == []


def test_what_is_missing_is_installed_for_root(machine: Machine) -> None:
    machine.has_apt()
    done = machine.set_up()
    assert done.returncode == 0, done.stderr
    assert machine.asked() == [
        "update",
        "install -y --no-install-recommends python3.12-venv python3.12-dev gcc libc6-dev",
    ]


def test_only_what_is_missing_is_installed(machine: Machine) -> None:
    machine.has_venv()
    machine.has_compiler()
    machine.has_apt()
    assert machine.set_up().returncode == 0
    assert machine.asked()[-1].endswith("recommends python3.12-dev")


def test_a_user_without_sudo_is_told_the_very_command_to_have_run(machine: Machine) -> None:
    machine.has_venv()
    machine.has_headers()
    machine.has_apt()
    machine.user(1000)
    done = machine.set_up()
    assert done.returncode == 1
    assert "missing: compiler" in done.stderr
    assert "apt-get install -y --no-install-recommends gcc libc6-dev" in done.stderr
    assert machine.asked() == []


def test_a_sudo_that_asks_for_no_password_is_used(machine: Machine) -> None:
    machine.has_venv()
    machine.has_headers()
    machine.has_apt()
    machine.user(1000)
    machine.program("sudo", '#!/bin/sh\n[ "$1" = -n ] || exit 1\nshift\n[ "$1" = true ] || "$@"\n')
    done = machine.set_up()
    assert done.returncode == 0, done.stderr
    assert machine.asked()[-1].endswith("gcc libc6-dev")


def test_installing_can_be_forbidden(machine: Machine) -> None:
    machine.has_apt()
    done = machine.set_up(UPFRONT_NO_SYSTEM_INSTALL="1")
    assert done.returncode == 1
    assert "python3.12-venv" in done.stderr
    assert machine.asked() == []


def test_a_compiler_that_cannot_build_counts_as_missing(machine: Machine) -> None:
    machine.has_venv()
    machine.has_headers()
    machine.program("gcc", BROKEN)
    done = machine.set_up()
    assert done.returncode == 1
    assert "missing: compiler" in done.stderr


def test_a_cc_that_does_not_work_is_named_and_nothing_is_installed(machine: Machine) -> None:
    machine.has_venv()
    machine.has_headers()
    machine.has_compiler()
    machine.has_apt()
    done = machine.set_up(CC="/nonexistent/cc")
    assert done.returncode == 1
    assert "CC is set to /nonexistent/cc" in done.stderr
    assert machine.asked() == []


def test_a_python_of_ones_own_is_not_completed_with_the_systems_headers(tmp_path: Path) -> None:
    machine = Machine(tmp_path, prefix="/opt/python")
    machine.has_venv()
    machine.has_compiler()
    machine.has_apt()
    done = machine.set_up()
    assert done.returncode == 1
    assert "PYTHON=" in done.stderr
    assert machine.asked() == []


def test_without_a_package_manager_it_says_what_to_install(machine: Machine) -> None:
    machine.has_venv()
    machine.has_headers()
    done = machine.set_up()
    assert done.returncode == 1
    assert "gcc" in done.stderr


def find_python(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'. "{ROOT}/scripts/python.sh"; find_python'],
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_a_python_that_is_too_old_is_passed_over_and_said_so(machine: Machine) -> None:
    machine.program("python3", "#!/bin/sh\nexit 1\n")
    done = find_python(machine.bin)
    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr
    assert "python3-venv" in done.stderr


def test_a_shim_that_does_not_start_is_passed_over(machine: Machine) -> None:
    machine.program("python3.13", "#!/bin/sh\nexit 127\n")
    (machine.bin / "python3").unlink()
    (machine.bin / "python3").symlink_to(sys.executable)
    done = find_python(machine.bin)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_python_asked_for_by_name_is_used_or_refused_by_name(machine: Machine) -> None:
    assert find_python(machine.bin, PYTHON=sys.executable).returncode == 0
    refused = find_python(machine.bin, PYTHON="/nonexistent/python")
    assert refused.returncode == 1
    assert "PYTHON=/nonexistent/python" in refused.stderr
