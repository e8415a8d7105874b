"""What lets a command begin sooner: work that libraries would do anew in every process."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importlib.abc import Loader

_WHOLESALE = frozenset({"celpy", "holidays.countries", "ibis.backends.sql.compilers"})
"""Packages that import all that is in them, though one module of theirs is wanted here."""
_YOUNG = 50_000
"""How many objects are made before garbage is looked for among them; Python's own 700 are few for
expressions, which are made by the ten thousand and stay."""


def module_of(name: str) -> ModuleType:
    """Import the module of a command, without what libraries import for others.

    Without it everything works, and begins half a second later.
    """
    if name in sys.modules:
        return sys.modules[name]
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
        # DuckDB's module reports leaks where Python ends without clearing up.
        atexit.register(gc.unfreeze)
    # What is imported stays: to look through it for garbage, again and again, finds none.
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.set_threshold(_YOUNG)
        gc.enable()


class _Finder:
    """Finds the wholesale packages as any other, and leaves them empty."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, path, target) if name in _WHOLESALE else None
        if found is not None and found.loader is not None:
            found.loader = cast("Loader", _WhenAsked(found.loader))
        return found


class _WhenAsked:
    """Runs a package's own code only when something is asked of it that its code would have made.

    Its modules can be imported as ever.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """As Python makes modules."""

    def exec_module(self, module: ModuleType) -> None:
        def made(name: str) -> object:
            if vars(module).pop("__getattr__", None) is not None:
                self._loader.exec_module(module)
            return getattr(module, name)

        vars(module)["__getattr__"] = made


def keep_grammar() -> None:
    """Keep the tables of CEL's grammar between processes: a third of a second to make, none to read.

    They stand in the user's cache folder, and are made anew when they don't fit the grammar, lark or
    Python; where that folder can't be written they are made each time.
    """
    # Only who reads conditions waits for the import.
    import celpy.celparser
    import lark

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
