#!/usr/bin/env python
"""Plays docs/tutorial.md: writes its files, runs its commands, compares what they say.

    .venv/bin/python scripts/tutorial.py

puts what the commands say now in place of outputs that no longer fit. A test plays it too.

In the page, a block marked `yaml PATH` is a file that the reader writes, one marked `sh` has commands,
and one marked `text` right after it is what they say. `…` on a line of its own stands for any lines,
within a line for any text.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from adapters.cli.main import main

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tutorial.md"
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Output:
    """What the page shows for some commands, where it shows it, and what they said."""

    commands: str
    start: int
    end: int
    shown: str
    said: str

    @property
    def fits(self) -> bool:
        """Whether what is shown is what was said, `…` aside."""
        pattern = ""
        for line in _trimmed(self.shown):
            words = ".*".join(re.escape(part) for part in line.split("…"))
            pattern += r"(?:.*\n)*" if line == "…" else words + r"\n"
        return (
            re.fullmatch(pattern, "".join(f"{line}\n" for line in _trimmed(self.said))) is not None
        )


def play(text: str, folder: Path) -> Iterator[Output]:
    """Play a page from an empty folder; what is said without being shown must be allowed to be."""
    here, said, commands = folder, "", ""
    for fence in _FENCE.finditer(text):
        mark, body = fence.groups()
        if mark.startswith("yaml "):
            path = here / mark.removeprefix("yaml ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        elif mark == "sh":
            commands, said = body, ""
            for line in body.splitlines():
                here, more = _run(line, here)
                said += more
        elif mark == "text":
            yield Output(commands, fence.start(2), fence.end(2), body, said)


def refreshed(text: str, folder: Path) -> str:
    """The page with outputs that do not fit replaced by what was said."""
    for output in reversed(list(play(text, folder))):
        if not output.fits:
            said = "".join(f"{line}\n" for line in _trimmed(output.said))
            text = text[: output.start] + said + text[output.end :]
    return text


def _run(line: str, here: Path) -> tuple[Path, str]:
    words = shlex.split(line, comments=True)
    if words[0] == "cd":
        return here / words[1], ""
    with chdir(here):
        if words[0] == "cp":
            Path(words[2]).write_bytes(Path(words[1]).read_bytes())
            return here, ""
        result = CliRunner().invoke(main, words[1:], prog_name="upfront")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return here, result.output


def _trimmed(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as empty:
        PAGE.write_text(refreshed(PAGE.read_text("utf-8"), Path(empty)), encoding="utf-8")
