"""Characters that would command the terminal instead of being read, made visible.

Ids, names and keys come from lists and sources: in one of them could stand the sequence that clears
the screen, or the end of a line and behind it a line of its own.
"""

from __future__ import annotations

_LINE_ENDS = "\n\x85\u2028\u2029"
_DIRECTIONS = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]

# One character for one, so that styles stay where they are. The controls have pictures from U+2400.
_PICTURES = {n: 0x2400 + n for n in range(0x20)} | {0x7F: 0x2421}
_PICTURES |= dict.fromkeys([*range(0x80, 0xA0), *map(ord, _LINE_ENDS[1:]), *_DIRECTIONS], 0xFFFD)
_IN_LINES = {n: to for n, to in _PICTURES.items() if chr(n) not in "\n\t"}


def harmless(text: str) -> str:
    r"""The text with a picture for each control character, ends of lines too.

    Changes of direction, which let a line be read otherwise than it is written, are U+FFFD.

    >>> harmless("\x1b[2JAnna\nL2")
    '␛[2JAnna␊L2'
    """
    return text.translate(_PICTURES)


def harmless_lines(text: str) -> str:
    r"""The same for a text of several lines, whose ends and tabs stay.

    >>> harmless_lines("two rows for one key:\n\x1b[2J")
    'two rows for one key:\n␛[2J'
    """
    return text.translate(_IN_LINES)
