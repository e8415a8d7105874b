"""A condition as it was written, with the values of one candidate put in for its facts."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TEXT = (
    r'[rR]"""(?s:.*?)"""|[rR]' + r"'''(?s:.*?)'''" + r'|[rR]"[^"\n]*"|[rR]' + r"'[^'\n]*'"
    r'|"""(?:\\(?s:.)|[^\\])*?"""|' + r"'''(?:\\(?s:.)|[^\\])*?'''"
    r'|"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'"
)
_TOKEN = re.compile(rf"(?P<text>{_TEXT})|(?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)")


def put_in(text: str, values: Mapping[str, str]) -> str:
    """The condition with each name of `values` replaced; texts in quotes stay as they are.

    Names are facts (`source.field`) and the clocks `now` and `today`.

    >>> put_in(
    ...     "line.max_down_mbps >= offer.min_down_mbps",
    ...     {"line.max_down_mbps": "30", "offer.min_down_mbps": "100"},
    ... )
    '30 >= 100'
    >>> put_in('offer.kind.startsWith("offer.kind")', {"offer.kind": '"tv"'})
    '"tv".startsWith("offer.kind")'
    """

    def value(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        parts = [part.strip() for part in name.split(".")]
        for length in (2, 1):
            put = values.get(".".join(parts[:length]))
            if put is not None and len(parts) >= length:
                return ".".join([put, *parts[length:]])
        return found[0]

    return _TOKEN.sub(value, text)
