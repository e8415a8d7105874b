"""How fields become the bytes that are hashed: each length-prefixed, so that none can run into the next.

A field is written as the number of its UTF-8 bytes, a colon and the bytes (`3:abc`), and an absent
one as `-`. No two different lists of fields give the same bytes, and nothing has to be escaped,
ordered or re-serialised: what is stored is what is hashed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping

HEX_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def prefixed(fields: Iterable[str | None]) -> str:
    """The fields, length-prefixed and joined.

    Raises UnicodeEncodeError for a text that UTF-8 cannot carry (a lone surrogate).

    >>> prefixed(["abc", None, "", "è"])
    '3:abc-0:2:è'
    """
    return "".join(
        ["-" if f is None else f"{len(f) if f.isascii() else len(f.encode())}:{f}" for f in fields]
    )


def digest(fields: Iterable[str | None]) -> str:
    """SHA-256 of the length-prefixed fields, in lower-case hex."""
    return hashlib.sha256(prefixed(fields).encode()).hexdigest()


def is_digest(value: object) -> bool:
    """Whether `value` is a SHA-256 as the ledger writes it: 64 lower-case hex digits."""
    return isinstance(value, str) and HEX_DIGEST.match(value) is not None


def texts_digest(texts: Mapping[str, str]) -> str:
    """The address of a set of named texts: SHA-256 of name, text, name, text …, by name.

    Any character of any name or text changes it; the order of the mapping does not.
    """
    return digest(part for name in sorted(texts) for part in (name, texts[name]))


def json_text(value: object) -> str:
    """JSON with sorted keys and no spaces, the one form in which the ledger writes it."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
