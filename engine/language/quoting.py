"""Texts that YAML misreads without quotes, or between those that they have."""

from __future__ import annotations

import re

QUOTED_WHOLE = "put the whole text between single quotes: '…'"
# A condition between quotes up to the quote of a text in it: 'offer.kind == '
_OPENS_AGAIN = re.compile(r"""(['"])[!(]*[a-z_]+[.(][^'"]*[ (\[,=]\1""")
# A sentence up to a quoted word in it: "Only "gold
_QUOTED_WORD = re.compile(r"""(['"])[^'"]*\1(?=\w)""")


def quoted(value: str) -> str:
    """The hint that gives a text between quotes, ready to be copied."""
    if not (value := value.strip()) or len(value) > 100 or " #" in value:
        return QUOTED_WHOLE
    if "'" not in value:
        return f"put it between single quotes: '{value}'"
    if '"' not in value and "\\" not in value:
        return f'put it between double quotes: "{value}"'
    return f"put it between single quotes: '{value.replace(chr(39), chr(39) * 2)}'"


def inside(value: str) -> str:
    """What stands between the outer quotes of a text that has the same quotes inside.

    >>> inside("'offer.kind == 'tv''"), inside('"tv" == offer.kind || "x" == "y"')
    ("offer.kind == 'tv'", '"tv" == offer.kind || "x" == "y"')
    >>> inside('"Only "gold" customers"')
    'Only "gold" customers'
    """
    value = value.strip()
    again = _OPENS_AGAIN.match(value) or _QUOTED_WORD.match(value)
    return value[1:-1] if again and value.endswith(again[1]) else value
