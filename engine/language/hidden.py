"""Characters that nobody sees, or that look like others: a text with them is not what it looks like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from engine.diagnostics import Diagnostic, Place, lines_of

LOST = "\ufffd"
"""Stands where a refused character stood."""

# Controls, other ends of lines than CR and LF, soft hyphens, zero width, changes of direction,
# halves of characters, marks of order, tags; and what programs put for a character they lost.
_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]+"
)
_SPACE = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
# Such a space is at home in a sentence, not where YAML looks for plain ones.
_MISPLACED = re.compile(rf"(?:^|(?<=[\r\n]))(?: |- )*(?:[\w.-]+: *|-)?(?P<space>{_SPACE}+)")
# In a condition no character may hide: joiners and strange spaces neither.
_IN_CONDITION = re.compile(rf"{_SPACE}|[\u200c-\u200f]")
_NAMELESS = {"Cc": "a control character", "Cs": "half a character"}


def hidden_characters(file: str, text: str) -> tuple[str, list[Diagnostic]]:
    """The text with LOST for each refused character, and a problem for the first of each line.

    Strange spaces between keys and values are told too, and become plain ones.
    """
    problems = {p.place.line: p for p in reversed(list(_problems(file, text)))}
    if not problems:
        return text, []
    text = _REFUSED.sub(lambda match: LOST * len(match[0]), text)
    text = _MISPLACED.sub(
        lambda match: match[0].replace(match["space"], " " * len(match["space"])), text
    )
    return text, sorted(problems.values())


def hidden_in_condition(text: str) -> tuple[int, str] | None:
    r"""Where in a condition a character stands that can't be told from another, and its name.

    >>> hidden_in_condition("a ==\u00a0b")
    (4, 'NO-BREAK SPACE, U+00A0')
    """
    found = _IN_CONDITION.search(text)
    return (found.start(), _name(found[0])) if found else None


def _problems(file: str, text: str) -> Iterator[Diagnostic]:
    for match in _REFUSED.finditer(text):
        yield _problem(file, text, match.start(), match[0])
    # Few texts have such a space anywhere, and this is the quicker way to know.
    for match in _MISPLACED.finditer(text) if re.search(_SPACE, text) else ():
        yield _problem(file, text, match.start("space"), match["space"])


def _problem(file: str, text: str, start: int, characters: str) -> Diagnostic:
    lines = lines_of(text[:start])
    place = Place(file, len(lines), len(lines[-1]) + 1, len(characters))
    if characters[0] == LOST:
        message, hint = "a letter was lost here", "save the original as UTF-8 again"
    else:
        message = f"a character stands here that can't be seen: {_name(characters[0])}"
        hint = "delete it, and type what should stand here"
    return Diagnostic(place, "hidden-character", message, hint)


def _name(character: str) -> str:
    kind = _NAMELESS.get(unicodedata.category(character), "a character without a name")
    return f"{unicodedata.name(character, kind)}, U+{ord(character):04X}"
