"""How long `phone` takes for many distinct numbers, the first time and the second.

python benchmarks/phone_cache.py [CANDIDATES]    (default 1,000,000, of which 7 in 10 are distinct)

The numbers are made up. What counts is the ratio: the second time must be seconds.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from adapters.config.computed import KINDS
from adapters.sources.computed.phone import Phone


def numbers(distinct: int) -> list[str]:
    """Made-up numbers as CRM exports write them: mobile and fixed, of five countries, some wrong."""
    made, some = random.Random(1), set[str]()
    while len(some) < distinct:
        rest = made.randrange(1_000_000, 9_999_999)
        some.add(
            made.choice(
                [
                    f"+39 3{made.randrange(20, 99)} {rest}",
                    f"0{made.randrange(2, 99)}{rest}",
                    f"+34 6{made.randrange(10, 99)} {rest % 1_000_000:06}",
                    f"+1 ({made.choice([212, 305, 415, 907])}) {rest}",
                    f"0049 15{made.randrange(10, 79)} {rest}",
                    f"+39 {rest}",
                ]
            )
        )
    return sorted(some)


def main() -> None:
    """Print both times, their ratio and what stands on disk."""
    candidates = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    distinct = numbers(candidates * 7 // 10)
    keys = pa.table({"number": pa.array(distinct)})
    with TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        took = []
        for _ in range(2):
            phone = Phone("IT", tuple(KINDS["phone"].gives), cache)
            begin = time.perf_counter()
            found = phone(keys)
            took.append(time.perf_counter() - begin)
            valid = found.table["valid"].to_pylist().count("true")
            print(f"{len(distinct):,} numbers, {valid:,} valid: {took[-1]:.1f} s")
        size = sum(f.stat().st_size for f in cache.iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"the first time takes {took[0] / took[1]:.0f} times as long as the second")
    print(f"{size / 1e6:.0f} MB on disk, {peak:.0f} MB of memory at most")


if __name__ == "__main__":
    main()
