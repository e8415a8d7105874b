"""What a file said, as one hash, so that a run can tell whether it saw the same data."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

_ROWS = 50_000


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def table_digest(table: pa.Table) -> str:
    """SHA-256 (hex) of a table's content, in its order, whatever its chunks."""
    digest = hashlib.sha256()
    sink = pa.PythonFile(_Hashing(digest), mode="w")
    with pa.ipc.new_stream(sink, table.schema) as writer:
        # Piece by piece: all of it in one chunk would be a second copy of it.
        for start in range(0, table.num_rows, _ROWS):
            for batch in table.slice(start, _ROWS).combine_chunks().to_batches():
                writer.write_batch(batch)
    return digest.hexdigest()


class _Hashing:
    """A file that remembers only the hash of what was written."""

    closed = False

    def __init__(self, digest: hashlib._Hash) -> None:
        self._digest = digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing to close."""
