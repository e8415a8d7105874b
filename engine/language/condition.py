"""CEL text → a typed, checked tree.

cel-python parses, `checker` gives every node a type; this module turns what is refused into a
diagnostic at its place. What is accepted means what google/cel-spec says it means.
"""

from __future__ import annotations

import re

from celpy.celparser import CELParseError
from lark import Token, Tree, UnexpectedToken

from engine.diagnostics import Diagnostic, Place
from engine.language.checker import FLATTER, Checker
from engine.language.expression import CelType
from engine.language.grammar import Parser
from engine.language.literals import Problem
from engine.language.mistyped import spoken
from engine.language.ruleset import Condition
from engine.language.slips import hint_of_slip
from engine.language.vocabulary import Vocabulary

_COMPARE = "say what it is compared with: a == 1 || a == 2, or a in [1, 2]"


def parse_condition(
    text: str, place: Place, vocabulary: Vocabulary, expected: CelType | None = CelType.BOOL
) -> Condition | Diagnostic:
    """Check one condition; `place` is where its first character stands.

    `expected` is the type it must have, None for any. Returns the problem instead of raising
    it, so that a loader can report every problem of a file at once.
    """
    try:
        tree = Parser().parse(text)
    except CELParseError as error:
        return _unparsable(text, place, error, vocabulary)
    try:
        expression = Checker(vocabulary).check(tree)
        if expected is not None and expression.type is not expected:
            raise Problem(
                "wrong-type",
                f"this is {spoken(expression.type)}, but {spoken(expected)} is needed here",
                tree,
                _COMPARE if expected is CelType.BOOL else "",
            )
    except Problem as problem:
        return Diagnostic(_within(place, problem.node), problem.code, problem.message, problem.hint)
    except RecursionError:
        return Diagnostic(place, "too-deep", "this condition is nested too deeply", FLATTER)
    return Condition(text, place, expression)


def _unparsable(
    text: str, place: Place, error: CELParseError, vocabulary: Vocabulary
) -> Diagnostic:
    column = error.column if error.column and error.column > 0 else len(text) + 1
    unexpected = error.__context__
    if isinstance(unexpected, UnexpectedToken) and unexpected.token.type == "$END":
        # The parser gives the place of the last token, which is not what is wrong.
        column = len(text) + 1
    line = error.line or 1
    at = place if line > 1 else Place(place.file, place.line, place.column + column - 1, 1)
    hint = hint_of_slip(text, column - 1, vocabulary.sources) or _hint_of_whole(text)
    what = "this ends too early" if column > len(text.rstrip()) else "this is not a condition"
    return Diagnostic(at, "bad-condition", what, hint)


def _hint_of_whole(text: str) -> str:
    if re.search(r"(?<![=!<>])=(?!=)", text):
        return "equality is written =="
    if text.count('"') % 2 or text.count("(") != text.count(")"):
        return "a quote or a bracket is opened and not closed"
    return ""


def _within(place: Place, node: Tree[Token] | Token | None) -> Place:
    if node is None:
        return place
    meta = node.meta if isinstance(node, Tree) else node
    line, start = getattr(meta, "line", None), getattr(meta, "column", None)
    end, end_line = getattr(meta, "end_column", None), getattr(meta, "end_line", None)
    if line != 1 or start is None:
        return place
    length = end - start if end is not None and end_line == 1 else 1
    return Place(place.file, place.line, place.column + start - 1, max(1, length))
