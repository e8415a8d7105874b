"""YAML text → plain values that remember where they stand.

PyYAML tells one by one what it finds in the text; values are built here, so that whatever YAML
would read differently from what a person sees is refused with its place instead of being guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from engine.diagnostics import Diagnostic, Place, lines_of
from engine.language.document import Document, Path
from engine.language.hidden import LOST, hidden_characters
from engine.language.quoting import quoted
from engine.language.scalars import Trap, read_plain
from engine.language.spots import Written
from engine.language.syntax import explain

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 40
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What ends a plain text and is read as a remark; people put a space behind the # of a remark.
_REMARK = re.compile(r"[ \t]+#(?=[^\s#=*-])")
_FACT = re.compile(r"[a-z_]+\.[a-z_]+")
_WRITE_OUT = "write the value out where it is needed"


def read_yaml(file: str, text: str) -> Document:
    """Read one YAML document. Never raises: problems are in the result's `problems`.

    What is refused is null in its value; after a problem of syntax there is no value at all.
    """
    document = Document(file)
    document.places[()] = Place(file)
    text, document.problems = hidden_characters(file, text)
    try:
        document.value = _Builder(document, text).read()
    except _TooDeepError as error:
        document.problems.append(error.diagnostic)
        _give_up(document)
    except yaml.YAMLError as error:
        _stop(document, explain(file, lines_of(text), error))
        _give_up(document)
    return document


def _stop(document: Document, stopped: Diagnostic) -> None:
    """Tell what stopped the reading, instead of what was made of the same line until then."""
    # A strange character may well be what YAML stumbled over.
    if not any(p.code == "hidden-character" for p in document.problems):
        line = stopped.place.line
        document.problems = [p for p in document.problems if p.place.line != line]
        document.problems.append(stopped)


def _give_up(document: Document) -> None:
    document.whole = False
    document.refused.add(())


class _TooDeepError(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__()
        self.diagnostic = diagnostic


class _Builder:
    """Events of PyYAML to values."""

    def __init__(self, document: Document, text: str) -> None:
        self._document = document
        self._text = text
        self._lines = lines_of(text)
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._depth = 0
        self._flow = 0

    def read(self) -> Any:
        value, documents = None, 0
        for event in self._events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            documents += 1
            if documents == 1:
                value = self._build(next(self._events), ())
            elif documents == 2:
                place = self._at(event.start_mark, 3)
                message = "a second document begins here, and would not be read"
                hint = "remove the line `---`: one document a file"
                self._document.problems.append(Diagnostic(place, "yaml-syntax", message, hint))
                self._document.whole = False
        return value

    def _at(self, mark: Any, length: int) -> Place:
        if mark.line >= len(self._lines):
            # At its end, YAML counts a line more than a text has that does not end one.
            return Place(self._document.file, len(self._lines), len(self._lines[-1]) + 1)
        return Place(self._document.file, mark.line + 1, mark.column + 1, max(1, length))

    def _line(self, mark: Any) -> str:
        return self._lines[mark.line] if mark.line < len(self._lines) else ""

    def _problem(self, mark: Any, length: int, code: str, message: str, hint: str) -> None:
        place = self._at(mark, length)
        self._document.problems.append(Diagnostic(place, code, message, hint))

    def _build(self, event: Any, path: Path, key: str = "") -> Any:
        start, end = event.start_mark, event.end_mark
        collection = isinstance(event, yaml.CollectionStartEvent)
        length = end.column - start.column if start.line == end.line and not collection else 1
        place = self._at(start, length)
        if isinstance(event, yaml.ScalarEvent) and event.style in ("'", '"'):
            # Point at the first character of the text, so that carets into it are right.
            place = Place(place.file, place.line, place.column + 1, max(1, length - 2))
        self._document.places[path] = place
        if not self._plain_yaml(event):
            self._document.refused.add(path)
        if isinstance(event, yaml.AliasEvent):
            return None
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path, key)
        return self._collection(event, path)

    def _collection(self, event: Any, path: Path) -> Any:
        if self._depth == _DEEPEST:
            # Whatever walks through the values recurses.
            place = self._at(event.start_mark, 1)
            hint = "rules need no more than a few levels"
            raise _TooDeepError(
                Diagnostic(place, "yaml-syntax", "this file is nested too deeply", hint)
            )
        self._depth += 1
        self._flow += event.flow_style
        value: Any
        if isinstance(event, yaml.MappingStartEvent):
            value = dict(self._pairs(path))
        else:
            value = []
            for item in self._until(yaml.SequenceEndEvent):
                value.append(self._build(item, (*path, len(value))))
        self._depth -= 1
        self._flow -= event.flow_style
        return value

    def _until(self, end: type[Any]) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _pairs(self, path: Path) -> Iterator[tuple[str, Any]]:
        seen: dict[str, Place] = {}
        next_item = False
        for event in self._until(yaml.MappingEndEvent):
            key, start, end = self._key(event, path), event.start_mark, event.end_mark
            first_line = end.column if end.line == start.line else len(self._line(start))
            length = first_line - start.column
            place = self._at(start, length)
            if key and key not in seen:
                seen[key] = self._document.keys[(*path, key)] = place
                yield key, self._build(next(self._events), (*path, key), key)
                continue
            again = (*path, f"{key} in line {place.line}")
            if next_item:
                # One problem: the keys that follow belong to what begins here.
                self._document.refused.add(again)
            elif key and key == next(iter(seen)) and path and isinstance(path[-1], int):
                next_item = True
                message = f"another `{key}` begins here, without a dash"
                hint = f"begin it with `- {key}: …`; if it is the same item, remove it"
                self._problem(start, length, "duplicate-key", message, hint)
            elif key:
                message = f"`{key}` stands here twice"
                hint = f"keep one of the two; the first is in line {seen[key].line}"
                self._problem(start, length, "duplicate-key", message, hint)
            else:
                self._document.refused.add(again)
            # What a second one holds is still looked at.
            self._document.whole = False
            self._build(next(self._events), again, key)

    def _key(self, event: Any, path: Path) -> str:
        """The key, or "" if it is refused."""
        start = event.start_mark
        if not isinstance(event, yaml.ScalarEvent):
            self._build(event, (*path, f"key in line {start.line}"))
            self._problem(start, 1, "yaml-key", "a key must be a plain word", "")
            return ""
        self._plain_yaml(event)
        key = str(event.value)
        if key == "<<" and not event.style:
            message = "merging with << is not used here"
            self._problem(start, 2, "yaml-anchor", message, _WRITE_OUT)
            return ""
        if not key.strip():
            message, hint = "a key is missing here", "write a word before the colon"
            self._problem(start, 1, "yaml-key", message, hint)
        if LOST in key:
            # It need not be told to be missing.
            self._document.refused.add((*path, key.replace(LOST, "")))
        return key if key.strip() and LOST not in key else ""

    def _plain_yaml(self, event: Any) -> bool:
        """Whether it goes without alias and tag; an anchor is told, and does no harm."""
        anchor, tag = event.anchor, getattr(event, "tag", None)
        if anchor is None and tag is None:
            return True
        start = event.start_mark
        rest = self._line(start)[start.column :]
        if anchor is not None:
            message = "anchors and aliases (& and *) are not used here"
            self._problem(start, 1 + len(anchor), "yaml-anchor", message, _WRITE_OUT)
        if tag is not None:
            written = rest.split(" ", 1)[0]
            hint = quoted("" if self._flow else rest)
            if written.startswith(("!!", "!<")):
                hint = f"remove {written}; a text stands between quotes"
            message = "YAML reads what begins with ! as a tag"
            self._problem(start, len(written), "yaml-tag", message, hint)
        return tag is None and not isinstance(event, yaml.AliasEvent)

    def _scalar(self, event: Any, path: Path, key: str) -> Any:
        document, text = self._document, str(event.value)
        start, end = event.start_mark, event.end_mark
        raw = self._text[start.index : end.index]
        document.written[path] = Written(text, raw, event.style or "", start.line, start.column)
        if LOST in text:
            document.refused.add(path)
        if event.style in ("'", '"', "|", ">"):
            return text
        if not text:
            return self._nothing(path, key)
        value = read_plain(text)
        if isinstance(value, Trap):
            document.refuse(path, value.code, value.message, value.hint)
            return None
        line = self._line(end)
        if line[end.column :].lstrip().startswith("#"):
            document.remarked.add(path)
        remark = _REMARK.match(line, end.column)
        if remark and isinstance(value, str):
            message = "what stands behind this # is a remark, and is not read"
            hint = "put the text between quotes, or a space behind the # of a remark"
            place = Place(document.file, end.line + 1, remark.end(), len(line) - remark.end() + 1)
            document.refuse(path, "yaml-remark", message, hint, at=place)
        return value

    def _nothing(self, path: Path, key: str) -> None:
        """Nothing is written where a value should stand; null says that on purpose."""
        if not path:
            return
        place = self._document.place(path, key=True)
        message, hint = "nothing stands behind this dash", "write the item, or remove the dash"
        if key:
            message = f"`{key}` has no value"
            hint = "write one, or null for none"
            if not self._flow:
                hint = "write one, or remove the key; lines that belong to it are indented deeper"
        if self._flow and _FACT.fullmatch(key):
            hint = f'a sentence with a fact stands between quotes: "{{{key}}} …"'
        elif self._flow and key.isdecimal():
            hint = "a decimal number has a point: 0.5"
        elif self._flow and ":" in key:
            hint = "a space is missing behind the colon"
        self._document.refuse(path, "empty-value", message, hint, at=place)


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
    # Moments are held against a fixed one: the first day in UTC may be a day before year 1.
    return max(both, key=lambda reading: reading - _EPOCH)
