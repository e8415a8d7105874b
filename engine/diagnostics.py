"""One problem in something a person wrote: what, where, and how to mend it.

Every message is lower case, in the user's words, and free of personal data: a
diagnostic speaks of files, columns and rules, never of a customer's values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


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
        out = [f"{self.place}: {self.severity}[{self.code}]: {self.message}"]
        gutter = " " * (len(str(self.place.line)) + 2)
        lines = (texts or {}).get(self.place.file, "").splitlines()
        if 0 < self.place.line <= len(lines):
            source = lines[self.place.line - 1].replace("\t", " ")
            start = self.place.column - 1
            width = max(1, min(self.place.length, len(source) - start))
            out.append(f"  {self.place.line} | {source}")
            out.append(f"{gutter} | {' ' * start}{'^' * width}")
        if self.hint:
            out.append(f"{gutter} = hint: {self.hint}")
        return "\n".join(out)


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


class LedgerBroken(UpfrontError):
    """The ledger does not verify."""

    exit_code = 4
