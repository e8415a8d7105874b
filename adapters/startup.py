"""What lets a command begin sooner: work that libraries would do anew in every process."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import celpy.celparser
import lark


def keep_grammar() -> None:
    """Keep the tables of CEL's grammar between processes: a third of a second to make, none to read.

    They stand in the user's cache folder, and are made anew when they don't fit the grammar, lark or
    Python; where that folder can't be written they are made each time.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "upfront"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # lark unpickles what it finds there: it must be ours, and nobody else's to write.
        found = folder.stat()
        ours = found.st_uid == os.getuid() and not found.st_mode & 0o022
    except OSError:
        return
    if ours and os.access(folder, os.W_OK):
        cached = partial(lark.Lark, cache=str(folder / "cel-grammar"))
        setattr(celpy.celparser, "Lark", cached)  # noqa: B010 - CELParser offers no option


def without_pandas() -> None:
    """Spare pyarrow the import of pandas, which it only asks whether a list is one of its series.

    It asks once per process and remembers the answer.
    """
    import pyarrow as pa

    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas)
        try:
            pa.array([0])
        finally:
            sys.meta_path.remove(_NoPandas)


class _NoPandas:
    """A finder of modules that says pandas is not installed."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)
