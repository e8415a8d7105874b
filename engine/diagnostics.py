"""One problem in something a person wrote: what, where, and how to mend it.

Every message is lower case, in the user's words, and free of personal data: a
diagnostic speaks of files, columns and rules, never of a customer's values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, order=True)
class Place:
    """A spot in a text a person wrote; lines and columns count from 1.

    `length` is how many characters the caret underlines.
    """

    file: str
    line: int = 1
    column: int = 1
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def at(self) -> str:
        """File and line, as people are told where a part of the rulebook stands."""
        return f"{self.file}:{self.line}"


class Severity(StrEnum):
    """Whether a problem must be mended: an `error` stops everything, a `warning` is for thought."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Diagnostic:
    """A problem found before anything was screened.

    `code` is stable and documented; `hint` says how to mend it and may be empty.
    """

    place: Place
    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def render(self, texts: Mapping[str, str] | None = None) -> str:
        """The problem as a person reads it: place, line, caret, hint.

        `texts` maps file names to their full text; without the file's text the
        source line is left out.

        >>> d = Diagnostic(
        ...     Place("rules/a.yaml", 2, 3, 4), "unknown-fact", "no fact 'x.y'", "say x.z"
        ... )
        >>> print(d.render({"rules/a.yaml": "rules:" + chr(10) + "  abcd: 1"}))
        rules/a.yaml:2:3: error[unknown-fact]: no fact 'x.y'
          2 |   abcd: 1
            |   ^^^^
            = hint: say x.z
        """
        out = [f"{self.place}: {self.severity}[{self.code}]: {_visible(self.message)}"]
        gutter = " " * (len(str(self.place.line)) + 2)
        source = self.source_line(texts)
        if source is not None:
            start, stop = self.place.column - 1, self.place.column - 1 + self.place.length
            left = max(0, start - _BEFORE) if len(source) > _WIDEST else 0
            right = left + _WIDEST if len(source) > _WIDEST else len(source)
            line = ("…" if left else "") + _visible(source[left:right])
            line += "…" if right < len(source) else ""
            before = " " * (bool(left) + _width(source[left:start]))
            carets = "^" * max(1, _width(source[start : min(stop, right)]))
            out.append(f"  {self.place.line} | {line}".rstrip())
            out.append(f"{gutter} | {before}{carets}")
        if self.hint:
            out.append(f"{gutter} = hint: {_visible(self.hint)}")
        return "\n".join(out)

    def source_line(self, texts: Mapping[str, str] | None) -> str | None:
        """The line it stands in, of the file's text in `texts`; None where there is none."""
        text = (texts or {}).get(self.place.file)
        lines = [] if text is None else lines_of(text)
        return lines[self.place.line - 1] if 0 < self.place.line <= len(lines) else None

    def data(self, texts: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The problem for machines: its place, code, severity, words and source line.

        `column` and `length` count characters (code points) of the line `source`, which is null
        where `texts` does not have the file.
        """
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "length": self.place.length,
            "code": self.code,
            "severity": str(self.severity),
            "message": self.message,
            "hint": self.hint,
            "source": self.source_line(texts),
        }


def lines_of(text: str) -> list[str]:
    r"""The lines of a text as YAML and editors count them, without what ends them.

    >>> lines_of("a\r\nb\x0cc\n")
    ['a', 'b\x0cc', '']
    """
    return re.split(r"\r\n|\r|\n", text)


# Of a longer line only the part around the caret is shown.
_WIDEST, _BEFORE = 160, 60


def _visible(text: str) -> str:
    r"""The text as a terminal may be given it: nothing that moves the cursor or hides.

    >>> _visible("a\tb\x1b[2J\u202ec")
    'a b�[2J�c'
    """
    shown = text.replace("\t", " ")
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() or c in _SPACES else "\ufffd" for c in shown)


_SPACES = frozenset("\u00a0\u2002\u2003\u2009\u202f\u3000\u200c\u200d")


_NARROW = frozenset({"Mn", "Me", "Cf"})


def _width(text: str) -> int:
    r"""The columns of a terminal that a text takes.

    >>> _width("aé"), _width("好"), _width("e\u0301")
    (2, 2, 1)
    """
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else unicodedata.category(c) not in _NARROW
        for c in _visible(text)
    )


class UpfrontError(Exception):
    """Something the user must mend. `exit_code` is the command line's (README, «Exit codes»)."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RefusedDocuments(UpfrontError):
    """Configuration or rules that cannot be used; carries every problem found."""

    exit_code = 2

    def __init__(
        self, diagnostics: Iterable[Diagnostic], texts: Mapping[str, str] | None = None
    ) -> None:
        self.diagnostics: Sequence[Diagnostic] = sorted(set(diagnostics))
        self.texts = dict(texts or {})
        count = len(self.diagnostics)
        super().__init__(f"{count} problem{'' if count == 1 else 's'} in configuration or rules")

    def __str__(self) -> str:
        return "\n".join(d.render(self.texts) for d in self.diagnostics)


class RefusedInput(UpfrontError):
    """The file given is not a candidate list at all."""

    exit_code = 3


class Interrupted(UpfrontError):
    """A person stopped the command, as with Ctrl-C."""

    exit_code = 130


class LedgerBroken(UpfrontError):
    """The ledger does not verify."""

    exit_code = 4
