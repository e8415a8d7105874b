"""What numbers told in earlier runs, kept without the numbers.

The key of a number is a hash of it with a secret that never leaves the cache folder. Beside it
stand its properties; the number in E.164 is made anew from the text that is asked about and how
many of its last digits count. A number of which that is not exactly true is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.sources.cache_folder import cache_file, locked, replacing, secret
from adapters.sources.computed.phone_number import TOLD

_FILE = "phone-numbers.parquet"
_KEPT_DAYS, _DATED_AFTER = 180, 7
_MOST = 4_000_000
_KEPT = ("valid", "possible", "type", "region", "country_code", "zones")
_SCHEMA = pa.schema(
    [
        ("key", pa.binary(16)),
        *((name, TOLD.field(name).type) for name in _KEPT),
        ("digits", pa.int8()),
        ("used", pa.int32()),
    ],
    {"phonenumbers": version("phonenumbers"), "format": "2"},
)


class NumberCache:
    """The kept ones of some numbers, which are from `regions` where they are national.

    `today` is a day's ordinal, by which old ones are dropped. OSError where the folder can't be
    used.
    """

    def __init__(self, folder: Path, numbers: pa.Array, regions: pa.Array, today: int) -> None:
        self._folder, self._numbers, self._today = folder, numbers, today
        self._path = cache_file(folder, _FILE)
        self._keys = _keys(numbers, regions, secret(folder))
        self._kept = self._read()

    def find(self) -> tuple[pa.Array, pa.Table]:
        """Which of the numbers are kept (booleans), and what these are, with TOLD's columns."""
        at = pc.index_in(self._keys, value_set=self._kept["key"])
        hit = pc.is_valid(at)
        rows = self._kept.take(at.drop_null())
        columns = {name: rows[name] for name in _KEPT}
        columns["problem"] = pa.nulls(rows.num_rows, pa.string())
        columns["e164"] = _e164(self._numbers.filter(hit), rows["country_code"], rows["digits"])
        return hit, pa.table(columns).select(TOLD.names).cast(TOLD)

    def keep(self, hit: pa.Array, found: pa.Table) -> None:
        """Keep what was told of the numbers that were not hit, and that the others were used."""
        new, used = self._entries(pc.invert(hit), found), self._keys.filter(hit)
        if not new.num_rows and not self._is_dated(used):
            return
        with locked(self._folder, _FILE):
            # Another run may have written since this one began.
            kept = self._read()
            old = kept.filter(pc.invert(pc.is_in(kept["key"], value_set=new["key"])))
            whole = pa.concat_tables([self._dated(old, used), new])
            whole = whole.filter(pc.greater_equal(whole["used"], self._today - _KEPT_DAYS))
            if whole.num_rows > _MOST:
                whole = whole.take(pc.sort_indices(whole, [("used", "descending")])[:_MOST])
            with replacing(self._path) as path:
                pq.write_table(whole, path, write_page_checksum=True)

    def _read(self) -> pa.Table:
        """What is kept; nothing when it is damaged, or was told by another version."""
        with suppress(pa.ArrowException, OSError):
            if pq.read_schema(self._path).equals(_SCHEMA, check_metadata=True):
                return pq.read_table(self._path, page_checksum_verification=True)
        return _SCHEMA.empty_table()

    def _entries(self, miss: pa.Array, found: pa.Table) -> pa.Table:
        """New rows, for those of the numbers that can be made anew from their text."""
        keys, numbers = self._keys.filter(miss), self._numbers.filter(miss)
        told = zip(found["e164"].to_pylist(), found["country_code"].to_pylist(), strict=True)
        digits = pa.array([len(e) - 1 - len(str(c)) if e else 0 for e, c in told], pa.int8())
        again = _e164(numbers, found["country_code"], digits)
        same = pc.equal(again.fill_null(""), found["e164"].combine_chunks().fill_null(""))
        columns = {name: found[name] for name in _KEPT}
        used = pa.array([self._today] * len(keys), pa.int32())
        table = pa.table({"key": keys, **columns, "digits": digits, "used": used}, schema=_SCHEMA)
        return table.filter(pc.and_(same, pc.is_null(found["problem"])))

    def _is_dated(self, used: pa.Array) -> bool:
        """Whether the days of use are so old that they have to be written anew."""
        rows = self._kept.filter(pc.is_in(self._kept["key"], value_set=used))
        oldest = pc.min(rows["used"]).as_py()
        return oldest is not None and oldest < self._today - _DATED_AFTER

    def _dated(self, kept: pa.Table, used: pa.Array) -> pa.Table:
        today = pa.scalar(self._today, pa.int32())
        days = pc.if_else(pc.is_in(kept["key"], value_set=used), today, kept["used"])
        return kept.set_column(kept.schema.get_field_index("used"), _SCHEMA.field("used"), days)


def _keys(numbers: pa.Array, regions: pa.Array, key: bytes) -> pa.Array:
    pairs = zip(numbers.to_pylist(), regions.to_pylist(), strict=True)
    hashed = [
        blake2b(f"{r or ''} {n}".encode(), digest_size=16, key=key).digest() for n, r in pairs
    ]
    return pa.array(hashed, pa.binary(16))


def _e164(numbers: pa.Array, codes: pa.ChunkedArray, digits: pa.Array) -> pa.Array:
    """`+`, country code and so many last digits of the text; null where no digits count."""
    every = pc.replace_substring_regex(numbers, r"[^0-9]+", "")
    parts: Sequence[Sequence[object]] = (every.to_pylist(), codes.to_pylist(), digits.to_pylist())
    texts = [f"+{code}{d[-n:]}" if n else None for d, code, n in zip(*parts, strict=True)]
    return pa.array(texts, pa.string())
