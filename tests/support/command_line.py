"""The command line in the test's own process, and the projects it is tried on."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from adapters.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
AS_OF = "2026-03-02T09:30:00+01:00"


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    def data(self) -> Any:
        """What `--json` printed; all of it must be JSON."""
        return json.loads(self.out)


def upfront(folder: Path, *arguments: str | Path) -> Said:
    """Run a command as from inside `folder`; its output is a pipe."""
    with chdir(folder):
        result = CliRunner().invoke(main, [str(a) for a in arguments], prog_name="upfront")
    unforeseen = result.exception
    if unforeseen is not None and not isinstance(unforeseen, SystemExit):
        raise unforeseen
    return Said(result.exit_code, result.stdout, result.stderr)


def copy_sample(folder: Path) -> Path:
    """The shipped config, rules and samples in a folder of their own; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "config.yaml", folder)
    for name in ("rules", "samples"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write texts under their names; returns the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of last change of every file and folder below `folder`, hidden ones too."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            stat = path.stat()
            size = stat.st_size if path.is_file() else -1
            found[path.relative_to(folder).as_posix()] = (size, stat.st_mtime_ns)
    return found
