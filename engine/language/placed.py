"""The conditions of a document: read, with their problems put where they are written."""

from __future__ import annotations

import re
from dataclasses import replace

from celpy.celparser import CELParseError

from engine.diagnostics import Diagnostic, Place, lines_of
from engine.language import functions
from engine.language.condition import parse_condition
from engine.language.document import Document, Path
from engine.language.expression import CelType, Literal
from engine.language.grammar import Parser, trees, unwrap
from engine.language.hidden import hidden_in_condition
from engine.language.ruleset import Condition, Order
from engine.language.vocabulary import Vocabulary

# How far down in && and ||, and in what length, problems are looked for one by one.
_DEEPEST, _LONGEST = 12, 1000
# A remark of CEL, which goes on to the end of its line; a text may hold its sign.
_REMARK = re.compile(
    r"""[rR]"[^"]*"|[rR]'[^']*'|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?P<remark>//[^\n]*)"""
)
_ORDER = re.compile(r"(?P<by>.*?)\s+(?P<way>asc|desc)", re.DOTALL)


def read_condition(
    document: Document,
    path: Path,
    text: str,
    vocabulary: Vocabulary | None,
    expected: CelType | None,
) -> Condition | None:
    """The condition `text`, which stands in the text at `path` or is all of it.

    `expected` is the type it must have, None for any. None when it is refused, or when there is
    no vocabulary to read it with.
    """
    if vocabulary is None or document.is_refused(path):
        return None
    start = max(0, document.text_at(path).find(text))
    hidden = hidden_in_condition(text)
    if hidden is not None:
        message = f"a character stands here that looks like another: {hidden[1]}"
        hint = "type a plain space, or what should stand here"
        at = document.spot(path, start + hidden[0])
        document.report(path, "hidden-character", message, hint, at=at)
        return None
    remark = _remark_over_lines(document, path, text, start)
    if remark is not None:
        message = "this remark goes on through the lines below, which are not read"
        hint = "YAML makes one line of them: write the remark behind a # above the condition"
        document.report(path, "yaml-remark", message, hint, at=remark)
        return None
    result = parse_condition(text, document.spot(path, start, len(text)), vocabulary, expected)
    if not isinstance(result, Diagnostic):
        return result
    for problem, offset in _all_problems(text, vocabulary, expected, result):
        at = document.spot(path, start + offset, problem.place.length)
        hint = problem.hint
        if problem.code == "bad-condition":
            hint = _hint_of_yaml(document, path) or hint
        document.problems.append(Diagnostic(at, problem.code, problem.message, hint))
    return None


def _remark_over_lines(document: Document, path: Path, text: str, start: int) -> Place | None:
    """Where a remark stands that ends in another line of the file than it begins in."""
    for found in _REMARK.finditer(text):
        if found["remark"]:
            first = document.spot(path, start + found.start(), 2)
            last = document.spot(path, start + found.end() - 1)
            if last.line != first.line:
                return first
    return None


def _all_problems(
    text: str, vocabulary: Vocabulary, expected: CelType | None, first: Diagnostic
) -> list[tuple[Diagnostic, int]]:
    """The problems of a condition that is refused, each with its offset in the text.

    A condition tells its first problem only, so what is joined with && and || is asked apart.
    """
    # Places are told within one line, whatever the lines the text is written in; a remark would then
    # hold all that follows.
    flat = _REMARK.sub(_without_remark, text).replace("\n", " ")
    found: list[tuple[Diagnostic, int]] = []
    pieces = [(0, len(flat), expected, 0)]
    while pieces:
        start, end, wanted, depth = pieces.pop()
        piece = flat[start:end]
        result = parse_condition(piece, Place("", 1, 1, len(piece)), vocabulary, wanted)
        if not isinstance(result, Diagnostic):
            continue
        short = depth < _DEEPEST and len(flat) < _LONGEST
        operands = _operands(piece) if short else []
        inner = [(start + a, start + b, CelType.BOOL, depth + 1) for a, b in operands]
        if any(_is_refused(flat[a:b], vocabulary) for a, b, _, _ in inner):
            pieces += inner
        else:
            found.append((result, start + result.place.column - 1))
    # What is wrong only because the lines were joined, or only before, is told as it was.
    return found or [(replace(first, place=Place("", 1, 1, len(flat))), 0)]


def _without_remark(found: re.Match[str]) -> str:
    return " " * len(found[0]) if found["remark"] else found[0]


def _operands(text: str) -> list[tuple[int, int]]:
    """Where in a condition the two stand that && or || joins outermost; else nothing."""
    try:
        node = unwrap(Parser().parse(text))
    except CELParseError:
        return []
    if node.data not in ("conditionaland", "conditionalor"):
        return []
    return [(operand.meta.start_pos, operand.meta.end_pos) for operand in trees(node)]


def _is_refused(text: str, vocabulary: Vocabulary) -> bool:
    place = Place("", 1, 1, len(text))
    return isinstance(parse_condition(text, place, vocabulary, CelType.BOOL), Diagnostic)


def read_limit(
    document: Document, path: Path, text: str, vocabulary: Vocabulary | None
) -> Condition:
    """The limit of a pool; nothing stands in for one that is refused."""
    limit = read_condition(document, path, text, vocabulary, CelType.INT)
    return limit or Condition("0", document.place(path), Literal(CelType.INT, 0))


def read_order(
    document: Document, path: Path, keys: list[str], vocabulary: Vocabulary | None
) -> tuple[Order, ...]:
    """The order of a pool's queue, keys that are refused left out."""
    found = []
    for i, text in enumerate(keys):
        at = (*path, i)
        match = _ORDER.fullmatch(text)
        if match is None:
            message = "say in which direction the queue runs"
            key = re.sub(r"\s+(desc|asc|down|up)[a-z]*$", "", text, flags=re.IGNORECASE)
            # Behind a minus the highest would come last.
            key = key.strip().removeprefix("-").strip()
            hint = f"write `{key} desc` for the highest first, `{key} asc` for the lowest"
            document.report(at, "bad-order", message, hint)
            continue
        by = read_condition(document, at, match["by"], vocabulary, None)
        if by is not None and by.tree.type not in functions.ORDERED:
            hint = "order it by a number, a text or a moment"
            document.report(at, "wrong-type", "a queue can't be ordered by this", hint)
        elif by is not None:
            found.append(Order(by, descending=match["way"] == "desc"))
    return tuple(found)


def _hint_of_yaml(document: Document, path: Path) -> str:
    """What YAML made of a condition without quotes, if that may be what is wrong with it."""
    while path and path not in document.places:
        path = path[:-1]
    if path in document.remarked:
        return "what stands behind # is a remark: put the condition between single quotes"
    written = document.written.get(path)
    if written and not written.style and len(lines_of(written.raw)) > 1:
        return "these lines are read as one: join them with &&, or begin each with `- `"
    return ""
