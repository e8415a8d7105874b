"""Texts without what nobody sees in them: a key that holds it would find nobody's row.

Whoever is looked up with a zero-width space behind the number is not found on a register, and who
is not found counts as not listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pac

# What has no width and says nothing: soft hyphens, marks of direction, zero-width spaces, byte
# order marks. Joiners say something between letters, so these go at the ends only.
_NOTHING = (
    r"[\x{AD}\x{61C}\x{180E}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}]"
)
_EDGE = r"[\s\x{0B}\x{85}\p{Z}\x{200C}\x{200D}]+"
_ENDS = f"^{_EDGE}|{_EDGE}$"
_GAP = r"\p{Zs}"
# What spreadsheets show as a text without the apostrophe before it, which some programs put there
# lest a spreadsheet take it for a formula: '+39333, '00123.
_APOSTROPHE = r"(?s)^'([=+@-].*|[0-9][0-9 ]{4,})$"
# In UTF-8: what white space and invisible signs of ASCII and Latin letters are; from U+0300 on, where
# signs combine, every letter has a byte beyond these.
_ODD = (b"\t", b"\n", b"\r", b"\v", b"\f", b"\xc2\x85", b"\xc2\xa0", b"\xc2\xad")
_LATIN = bytes(range(0xCC))
_HIDDEN = re.compile(rb"'[0-9=+@-]")


def visible(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts without what is invisible in them, white space at their ends and the apostrophe
    that spreadsheets hide; letters with accents are one sign each.

    A text of which nothing is left stays as it is: it is no value that somebody left out.
    """
    if all(_is_plain(chunk) for chunk in column.chunks):
        return column
    return _mended(column, _seen)


def evenly_spaced(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts with a plain space for each that is wider, narrower or does not break."""
    if all(_is_ascii(chunk) for chunk in column.chunks):
        return column
    return _mended(column, lambda words: pac.replace_substring_regex(words, _GAP, " "))


def _seen(words: pa.Array) -> pa.Array:
    text = pac.replace_substring_regex(words, _NOTHING, "")
    text = pac.replace_substring_regex(text, _ENDS, "")
    text = pac.replace_substring_regex(text, _APOSTROPHE, r"\1")
    text = pac.utf8_normalize(text, form="NFC")
    return pac.if_else(pac.equal(text, ""), words, text)


def _mended(column: pa.ChunkedArray, mend: Callable[[pa.Array], pa.Array]) -> pa.ChunkedArray:
    """The column with its different words mended, each once; itself where none changes."""
    encoded = column.combine_chunks().dictionary_encode()
    words = mend(encoded.dictionary)
    if words.equals(encoded.dictionary):
        return column
    return pa.chunked_array([pac.take(words, encoded.indices)])


def _is_plain(texts: pa.Array) -> bool:
    """Whether nothing in the texts can be what `visible` mends."""
    letters = _letters(texts)
    if any(sign in letters for sign in _ODD) or _HIDDEN.search(letters):
        return False
    return letters.isascii() or not letters.translate(None, _LATIN)


def _is_ascii(texts: pa.Array) -> bool:
    return _letters(texts).isascii()


def _letters(texts: pa.Array) -> bytes:
    """The bytes of all the texts, and perhaps of others: to look through them one by one is slow."""
    letters = texts.buffers()[-1]
    return b"" if letters is None else bytes(letters)
