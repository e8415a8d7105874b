"""Where each character of a text stands in the file it was read from.

Between a text and its writing in YAML lie quotes, escapes and folded lines; a caret has to point
at what the person wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.diagnostics import lines_of

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r\n|.)", re.DOTALL)
_SIMPLE = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_BLANK = " \t\r\n"


@dataclass(frozen=True)
class Written:
    """A text as it is written: the piece of the file, and where that begins (from 0).

    `style` is YAML's: empty for a plain text, a quote, `|` or `>`.
    """

    text: str
    raw: str
    style: str
    line: int
    column: int

    def spot(self, offset: int, length: int) -> tuple[int, int, int]:
        """Line and column (from 0) and length of some characters of the text.

        What goes on in a further line is underlined to the end of its first one. Beyond the end
        of the text is the character behind it.
        """
        spans = self._spans()
        if offset >= len(spans):
            start = stop = spans[-1][1] if spans else self._beginning()
        else:
            start = spans[offset][0]
            stop = spans[min(offset + max(1, length), len(spans)) - 1][1]
        ahead = lines_of(self.raw[:start])
        first_line = lines_of(self.raw[start:stop])[0].rstrip()
        column = len(ahead[-1]) + (self.column if len(ahead) == 1 else 0)
        return self.line + len(ahead) - 1, column, max(1, len(first_line))

    def _beginning(self) -> int:
        if self.style in ("|", ">"):
            header = re.search(r"\r\n|\r|\n", self.raw)
            return header.end() if header else len(self.raw)
        return 1 if self.style in ("'", '"') else 0

    def _spans(self) -> list[tuple[int, int]]:
        """Start and end in `raw` of every character of `text`.

        What is written and what is read differ in blanks, quotes and escapes only, so both are
        walked through together; a blank that folding made stands where its line ended.
        """
        at, spans = self._beginning(), []
        for character in self.text:
            if character in _BLANK and not self._escape_of(character, at):
                blank = at < len(self.raw) and self.raw[at] in _BLANK
                spans.append((at, at + blank))
                at += blank
                continue
            while at < len(self.raw):
                escape = self._escape_of(character, at)
                if escape:
                    spans.append((at, at + escape))
                    at += escape
                    break
                if self.style == '"' and self.raw[at] == "\\":
                    # A line that goes on in the next; the backslash stands for nothing.
                    at += 1
                    continue
                if self.raw[at] == character:
                    width = 2 if self.style == "'" == character else 1
                    spans.append((at, at + width))
                    at += width
                    break
                at += 1
            else:
                spans.append((at, at))
        return spans

    def _escape_of(self, character: str, at: int) -> int:
        """The length of the escape that writes `character` at this place; 0 if there is none."""
        found = _ESCAPE.match(self.raw, at) if self.style == '"' else None
        if found is None:
            return 0
        code = found[1]
        if code[0] in "\r\n":
            return 0
        if len(code) > 2:
            return len(found[0]) if chr(int(code[1:], 16)) == character else 0
        return len(found[0]) if _SIMPLE.get(code, code) == character else 0
