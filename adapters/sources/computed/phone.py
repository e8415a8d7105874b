"""The source `phone`: validity, type, E.164, region and possible time zones of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from adapters.sources.computed.answers import account, as_text, digest_of, texts_of
from adapters.sources.computed.phone_cache import NumberCache
from adapters.sources.computed.phone_number import SEPARATOR, TOLD
from adapters.sources.computed.phone_workers import told_by_all
from engine.screening.inputs import Found


class Phone:
    """Tells what numbers are, the new ones in worker processes, the others from `cache`.

    `region` is where numbers without a country code are from when the key `region` does not say.
    `wanted` are the columns to be answered. Without a usable cache folder all is told anew.
    """

    optional = frozenset({"region"})

    def __init__(self, region: str | None, wanted: Sequence[str], cache: Path | None) -> None:
        self._region, self._wanted, self._cache = region, tuple(wanted), cache
        self.digest = digest_of("phone", {"region": region}, phonenumbers=version("phonenumbers"))
        self.rows, self.failure = 0, ""

    def __call__(self, keys: pa.Table) -> Found:
        found = self.told(keys)
        problem = found["problem"].combine_chunks()
        self.rows, self.failure = account(problem)
        table = pa.table({name: as_text(found[name]) for name in self._wanted})
        return Found(table, problem=problem)

    def told(self, keys: pa.Table) -> pa.Table:
        """What each number of `keys` is: the columns of TOLD, `zone` and `mobile`, row by row."""
        numbers = keys["number"].combine_chunks()
        regions = self._regions(keys)
        cache = None
        if self._cache is not None:
            with suppress(OSError):
                today = datetime.now(UTC).toordinal()
                cache = NumberCache(self._cache, numbers, regions, today)
        found = _told(numbers, regions) if cache is None else _with(cache, numbers, regions)
        several = pc.match_substring(found["zones"], SEPARATOR)
        zone = pc.if_else(several, pa.scalar(None, pa.string()), found["zones"])
        # In North America nobody can tell, and a guess either way would let somebody be called.
        either = pc.equal(found["type"], "fixed-line-or-mobile")
        mobile = pc.if_else(either, pa.scalar(None, pa.bool_()), pc.equal(found["type"], "mobile"))
        return found.append_column("zone", zone).append_column("mobile", mobile)

    def _regions(self, keys: pa.Table) -> pa.Array:
        given = texts_of(keys, "region")
        return pa.array([r.upper() if r else self._region for r in given], pa.string())


def _told(numbers: pa.Array, regions: pa.Array) -> pa.Table:
    return told_by_all(numbers.to_pylist(), regions.to_pylist())


def _with(cache: NumberCache, numbers: pa.Array, regions: pa.Array) -> pa.Table:
    hit, known = cache.find()
    miss = pc.invert(hit)
    new = _told(numbers.filter(miss), regions.filter(miss))
    with suppress(OSError):
        cache.keep(hit, new)
    # Each row to where its number stood: the known ones, then the new ones.
    order = pc.sort_indices(pc.sort_indices(miss))
    return pa.concat_tables([known, new]).take(order).cast(TOLD)
