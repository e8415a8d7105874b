"""Where a key of a rule, signal, decision or pool stands in its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine.diagnostics import Place
from engine.language.document import Document, Path
from engine.language.text import read_yaml

_LISTS = ("rules", "signals", "decisions", "pools")


class Part(Protocol):
    """A rule, signal, decision or pool."""

    @property
    def id(self) -> str: ...
    @property
    def place(self) -> Place: ...


class Places:
    """Finds keys in the texts of a rulebook that was read without problems."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._documents: dict[str, tuple[Document, dict[str, Path]]] = {}

    def of(self, part: Part, *keys: str) -> Place:
        """The place of a key of `part`, or of the part's id where it has no such key."""
        document, paths = self._document(part.place.file)
        path = (*paths.get(part.id, ()), *keys)
        return document.keys.get(path, part.place)

    def _document(self, file: str) -> tuple[Document, dict[str, Path]]:
        if file not in self._documents:
            document = read_yaml(file, self._texts.get(file, ""))
            value = document.value if isinstance(document.value, dict) else {}
            paths: dict[str, Path] = {
                part["id"]: (name, i)
                for name in _LISTS
                for i, part in enumerate(value.get(name) or ())
                if isinstance(part, dict) and "id" in part
            }
            self._documents[file] = document, paths
        return self._documents[file]
