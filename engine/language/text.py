"""YAML text → plain values that remember where they stand.

PyYAML scans and composes; what YAML 1.1 would read differently from what a person sees
(`no` as false, `012` as ten) is refused with its place instead of being guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from engine.diagnostics import Diagnostic, Place

Path = tuple[str | int, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)\.[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]+([Zz]|[+-][0-9:]+)?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_DEEPEST = 40
_LONGEST_NUMBER = 40
_TRAPS = re.compile(r"(yes|no|on|off|y|n|true|false|null)", re.IGNORECASE)


@dataclass
class Document:
    """One YAML file: its value (dicts, lists, scalars) and the place of every part of it.

    `places` knows values by path; `keys` knows the place of each mapping key by the same path.
    `folded` are texts of several lines: a column within one says nothing about its place.
    """

    file: str
    value: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    folded: set[Path] = field(default_factory=set)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where the value at `path` stands, or the nearest thing around it that has a place."""
        while True:
            found = (self.keys if key else self.places).get(path) or self.places.get(path)
            if found or not path:
                return found or Place(self.file)
            path = path[:-1]

    def is_folded(self, path: Path) -> bool:
        """Whether the text at `path`, or what stands in its stead, has several lines."""
        while path and path not in self.places:
            path = path[:-1]
        return path in self.folded


def read_yaml(file: str, text: str) -> Document:
    """Read one YAML document. Never raises: problems are in the result's `problems`."""
    document = Document(file)
    try:
        document.problems.extend(_refused_events(file, text))
        if document.problems:
            return document
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        document.problems.append(_syntax(file, text, error))
        return document
    document.places[()] = Place(file)
    if node is not None:
        document.value = _Builder(document).build(node, ())
    return document


def _refused_events(file: str, text: str) -> Iterator[Diagnostic]:
    """What YAML has and is not used here, found before anything is built of it."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if getattr(event, "anchor", None) is not None:
            yield Diagnostic(
                _at(file, event.start_mark, 1),
                "yaml-anchor",
                "anchors and aliases (& and *) are not used here",
                "write the value out where it is needed",
            )
        if getattr(event, "tag", None) is not None:
            place = _at(file, event.start_mark, 1)
            yield Diagnostic(
                place,
                "yaml-tag",
                "YAML reads what begins with ! as a tag",
                "put the whole condition in single quotes: '…'",
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            # What builds the document recurses, in C, and would take the process down.
            place = _at(file, event.start_mark, 1)
            yield Diagnostic(place, "yaml-syntax", "this file is nested too deeply")
            return


def _at(file: str, mark: Any, length: int) -> Place:
    return Place(file, mark.line + 1, mark.column + 1, max(1, length))


def _syntax(file: str, text: str, error: yaml.YAMLError) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or "this is not YAML")
    place = _at(file, mark, 1) if mark else Place(file)
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    if "\t" in line[: place.column]:
        tab = line.index("\t") + 1
        return Diagnostic(
            Place(file, place.line, tab),
            "yaml-tab",
            "a tab stands where YAML wants spaces",
            "indent with spaces only",
        )
    if isinstance(error, yaml.reader.ReaderError):
        return Diagnostic(
            Place(file), "yaml-syntax", "the file holds a character that YAML does not allow"
        )
    hint = ""
    if "mapping values are not allowed" in problem:
        hint = "put a text that holds `: ` between quotes, or check the indentation"
    elif line.lstrip(" -").partition(": ")[2].startswith('"') or line.lstrip(" -").startswith('"'):
        hint = "put the whole condition in single quotes: '…'"
    elif "expected <block end>" in problem or "could not find expected" in problem:
        hint = "check the indentation of this line and the one before"
    elif "expected a single document" in problem:
        hint = "remove the line `---`: one document a file"
    return Diagnostic(place, "yaml-syntax", problem.lower(), hint)


class _Builder:
    def __init__(self, document: Document) -> None:
        self._document = document

    def build(self, node: yaml.Node, path: Path) -> Any:
        document = self._document
        start, end = node.start_mark, node.end_mark
        length = end.column - start.column if start.line == end.line else 1
        place = _at(document.file, start, length)
        if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"'):
            # Point at the first character of the text, so that carets into it are right.
            place = Place(place.file, place.line, place.column + 1, max(1, length - 2))
        document.places[path] = place
        if isinstance(node, yaml.ScalarNode) and start.line != end.line:
            document.folded.add(path)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            mark = key_node.start_mark
            place = _at(self._document.file, mark, len(key))
            if not key:
                self._problem(place, "yaml-key", "a key must be a plain word")
                continue
            if key in seen:
                self._problem(
                    place, "duplicate-key", f"`{key}` stands here twice", "keep one of the two"
                )
                continue
            seen.add(key)
            self._document.keys[(*path, key)] = place
            yield key, self.build(value_node, (*path, key))

    def _scalar(self, node: Any, place: Place) -> Any:
        text = str(node.value)
        if node.style in ("'", '"', "|", ">"):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _TRAPS.fullmatch(text):
            hint = f'write true or false, or "{text}" in quotes if it is a text'
            self._problem(place, "yaml-word", f"YAML may read `{text}` as a yes/no value", hint)
            return text
        if node.tag.endswith((":int", ":float")):
            return self._number(text, place)
        if node.tag.endswith(":timestamp"):
            return self._moment(text, place)
        if node.tag.endswith(":null"):
            return None
        return text

    def _number(self, text: str, place: Place) -> Any:
        if len(text) <= _LONGEST_NUMBER:
            if _INTEGER.fullmatch(text):
                return int(text)
            if _NUMBER.fullmatch(text):
                return float(text)
        self._problem(
            place,
            "yaml-number",
            f"`{text[:_LONGEST_NUMBER]}` is a number that YAML reads in its own way",
            f'write it plainly, like 10 or 0.5, or "{text}" in quotes if it is a text',
        )
        return text

    def _moment(self, text: str, place: Place) -> Any:
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
            if _MOMENT.fullmatch(text):
                return datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
        except ValueError:
            pass
        self._problem(place, "bad-date", f"`{text}` is not a date", "write it like 2026-03-31")
        return None

    def _problem(self, place: Place, code: str, message: str, hint: str = "") -> None:
        self._document.problems.append(Diagnostic(place, code, message, hint))


def midnight(as_of: datetime, zone: ZoneInfo) -> datetime:
    """The midnight with which the day of `as_of` begins in `zone`."""
    return in_zone(as_of.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0), zone)


def in_zone(clock: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which clocks in `zone` show `clock`, whatever offset that carries.

    Of an hour shown twice it is the second, and one that is skipped is counted from before the
    leap: the readings that databases take, so that a date is the same midnight everywhere.

    >>> in_zone(datetime(2026, 10, 25, 2, 30), ZoneInfo("Europe/Rome")).isoformat()
    '2026-10-25T02:30:00+01:00'
    """
    both = [clock.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    return max(both, key=lambda reading: reading.astimezone(UTC))
