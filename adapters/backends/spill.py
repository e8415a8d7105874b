"""A folder for what does not fit into memory: this user's alone, and gone when the run is.

What is put there is personal data. A run that is killed can't clear up after itself, so the next
one does.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

_PREFIX = "upfront-spill-"
_YOUNG_SECONDS = 60


class Spill:
    """A new folder among temporary files (TMPDIR), which only its owner can open.

    Its lock is held for as long as this lives, by which others know that it is in use.
    """

    def __init__(self) -> None:
        parent = Path(tempfile.gettempdir())
        _clear_up(parent)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        lock = os.open(self.path, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Also when nobody closes it, at the latest when the process ends.
        self._end = weakref.finalize(self, _remove, self.path, lock)

    def close(self) -> None:
        """Remove it with all that is in it."""
        self._end()


def _remove(path: Path, lock: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(lock)


def _clear_up(parent: Path) -> None:
    """Remove what killed runs of this user have left."""
    for path in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = path.lstat()
            # A young one may be about to be locked.
            old = time.time() - found.st_mtime > _YOUNG_SECONDS
            if found.st_uid == os.getuid() and old and path.is_dir() and not path.is_symlink():
                _remove_unused(path)


def _remove_unused(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(handle)
