"""What was read from a YAML file: values, where each of them stands, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.diagnostics import Diagnostic, Place
from engine.language.spots import Written

Path = tuple[str | int, ...]
"""The keys and numbers that lead to a part, from the top of the file."""


@dataclass
class Document:
    """One YAML file: its value (dicts, lists, scalars) and the place of every part of it.

    `places` knows values by path; `keys` knows the place of each mapping key by the same path.
    `refused` are the parts of which a problem was told: nothing more is said of them. `whole` is
    false when something that is written is missing in `value`. `remarked` are texts without
    quotes that a remark follows.
    """

    file: str
    value: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    refused: set[Path] = field(default_factory=set)
    whole: bool = True
    written: dict[Path, Written] = field(default_factory=dict)
    remarked: set[Path] = field(default_factory=set)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where the value at `path` stands, or the nearest thing around it that has a place."""
        while True:
            found = (self.keys if key else self.places).get(path) or self.places.get(path)
            if found or not path:
                return found or Place(self.file)
            path = path[:-1]

    def spot(self, path: Path, offset: int, length: int = 1) -> Place:
        """Where some characters of the text at `path`, or of what it is part of, stand."""
        while path and path not in self.places:
            path = path[:-1]
        written = self.written.get(path)
        if written is None:
            return self.place(path)
        line, column, width = written.spot(offset, length)
        return Place(self.file, line + 1, column + 1, width)

    def text_at(self, path: Path) -> str:
        """The text at `path`, or of what it is part of, as YAML reads it; "" if it is none."""
        while path and path not in self.places:
            path = path[:-1]
        return self.written[path].text if path in self.written else ""

    def is_refused(self, path: Path) -> bool:
        """Whether a problem was told of this part, or of one it stands in."""
        return bool(self.refused) and any(
            path[:length] in self.refused for length in range(len(path) + 1)
        )

    def refused_within(self, path: Path) -> bool:
        """Whether a problem was told of something in this part."""
        return any(found[: len(path)] == path for found in self.refused)

    def has(self, path: Path) -> bool:
        """Whether there is such a key with something behind it, refused or not."""
        return path in self.keys and not (
            path in self.written and self.written[path].text in ("", "null", "~")
        )

    def report(
        self,
        path: Path,
        code: str,
        message: str,
        hint: str = "",
        *,
        key: bool = False,
        at: Place | None = None,
    ) -> None:
        """Tell a problem of the part at `path`, unless it was refused before.

        It is put at the part's value, at its key, or at a place within it.
        """
        if not self.is_refused(path):
            place = at or self.place(path, key=key)
            self.problems.append(Diagnostic(place, code, message, hint))

    def refuse(
        self, path: Path, code: str, message: str, hint: str = "", *, at: Place | None = None
    ) -> None:
        """Tell a problem of the part at `path`, after which nothing more is said of it."""
        self.report(path, code, message, hint, at=at)
        self.refused.add(path)
