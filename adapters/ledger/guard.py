"""One door into each ledger file, so that a process never has it open through two SQLite libraries.

Python's sqlite3 module and ADBC's driver each bring their own SQLite. POSIX file locks belong to the
process and not to the library: when one of them closes the file, the other's locks are gone, and two
processes may then write at once. SQLite guards against this within one library only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_doors: dict[Path, threading.Lock] = {}
_doors_lock = threading.Lock()
_inside = threading.local()


@contextmanager
def sole_use(path: Path) -> Iterator[None]:
    """Keeps every other user in this process out of the file until it is left.

    Raises RuntimeError, rather than wait for ever, when this thread is already inside.
    """
    path = path.resolve()
    with _doors_lock:
        door = _doors.setdefault(path, threading.Lock())
    mine: set[Path] = _inside.__dict__.setdefault("paths", set())
    if path in mine:
        raise RuntimeError(f"the ledger {path} is used from within its own use")
    with door:
        mine.add(path)
        try:
            yield
        finally:
            mine.discard(path)
