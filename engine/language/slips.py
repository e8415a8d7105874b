"""What people write where CEL wants another word or sign, and what to write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

# What stands where the reading stopped, or right before.
_SIGNS = {
    "[“”„«»‘’]": 'a text stands between straight quotes: "…"',
    "[−–—]": "a minus is written -",
    "[≥≤≠]": "write >= for ≥, <= for ≤, != for ≠",
    "<>": "not equal is written !=",
    "=>": "at least is written >=",
    "=<": "at most is written <=",
    "===": "equality is written ==",
    "[<>]==|[<>] =": "write >= or <= without a space between",
    "=!": "not equal is written !=",
    r"[$€£¥]\s*[0-9]|[0-9]\s*[$€£¥]": "an amount is a number without its currency",
    r"[0-9] ?%($| *[-+*/<>=)])": "a share is written 0.2, not 20%",
    r"[0-9],[0-9]{3}(?![0-9])": "write 1000 for a thousand, 0.5 with a point for a half",
    r"[0-9],[0-9]": "a decimal number has a point: 0.5",
    r"[0-9]_[0-9]": "write 1000 for a thousand, without signs between the digits",
    r"\.\.": "write 1 <= x && x <= 5 for what lies between two values",
    r",\s*[\])]": "remove the comma before the bracket",
}
_BEGINNING = re.compile(r"\s*(==|!=|<|>|&&|\|\|)")
_SENTENCE = re.compile(r"[\w ]* \w+ \w+ [\w ]*$")
_ENDS_A_VALUE, _BEGINS_A_VALUE = re.compile(r"[\w\"')\]]\s+$"), re.compile(r"[\w\"'(\[!]")
# A word that stands where the reading stopped, with what follows it.
_WORDS = {
    r"(is|are)\s+(not|n't)\s+(null|none|empty|blank|missing|unknown)\b": "has(fact) asks for a value",
    r"(is|are)\s+(null|none|empty|blank|missing|unknown)\b": "!has(fact) asks whether it is absent",
    r"(is|are|has)\s+(at\s+least|at\s+most|more|less|greater|older|younger|over|under|above|below)\b|"
    r"(at\s+least|at\s+most|more|less|greater|higher|lower|older|younger|over|under|above|below)\b": (
        "more than is written >, at least >=, less than <, at most <="
    ),
    r"(is|are)\s+(not\s+)?in\b": "one of several is written in, not one of them !(fact in [a, b])",
    r"(is|are)\s+not\b|isn't\b": "not equal is written !=",
    r"(is|are|equals?)\b": "equality is written ==",
    r"not\s+in\b": "write !(fact in [a, b])",
    r"between\b": "write 1 <= x && x <= 5 for what lies between two values",
    r"contains\b|includes\b|(does\s+)?not\s+contain\b": 'write text.contains("…"), !text.contains("…")',
    r"(starts?|begins?)(\s+|_)?with\b": 'write text.startsWith("…")',
    r"ends?(\s+|_)?with\b": 'write text.endsWith("…")',
    r"(i?like|matches|regexp?)\b": 'write text.contains("…"), or text.matches("pattern")',
    r"(years?|months?|weeks?|days?|hours?|minutes?)\b": (
        'a length of time is written duration("72h"), in hours; a number stands alone'
    ),
    r"(before|after|until|since)\b": "earlier is written <, later >",
    r"(and|or|und|oder|et?|ou?|ed|y)\b|[&|]": "write && for and, || for or",
    r"(not|non?|nicht)\b": "write ! for not",
    r"(then|else)\b": "write condition ? condition : condition, or the first one as `applies`",
    ";": "remove the ;",
}
_BEFORE = {
    r"\bin\s*[({][^(){}]*$|\bin\s*[\"'][^()\[\]]*$|\bin\s+[0-9.]+\s*$": (
        "a list stands between square brackets: in [1, 2]"
    ),
    r"\b(not|non|nicht)\s*$": "write ! for not",
    r"\bif\s*$": "write condition ? condition : condition, or the first one as `applies`",
    r"\{[\w.]+\s*$": "a fact stands without brackets: candidate.age",
    r"'\w+'$": "a text with an apostrophe in it stands between double quotes",
}
_NAMES = {
    "yes": "write true",
    "true": "write true",
    "on": "write true",
    "no": "write false",
    "false": "write false",
    "off": "write false",
    **dict.fromkeys(
        ("null", "none", "nil", "empty", "blank", "missing"), "ask has(fact), or !has(fact)"
    ),
}
_CALLS = {
    "not": "write ! for not: !(…)",
    "if": "write condition ? condition : condition, or the first one as `applies`",
    "iif": "write condition ? condition : condition, or the first one as `applies`",
    "and": "write a && b",
    "or": "write a || b",
    "in": "write fact in [a, b]",
    **{name: f"write {name}, without brackets" for name in ("now", "today")},
    **dict.fromkeys(("len", "length", "count"), "write size(text) or size(list)"),
    **dict.fromkeys(
        ("isnull", "isempty", "isblank", "isna", "exists"), "ask has(fact), or !has(fact)"
    ),
    **dict.fromkeys(
        ("lower", "upper", "tolower", "toupper"),
        'write text.matches("(?i)^gold$") to take capitals and small letters alike',
    ),
    **dict.fromkeys(("days", "hours", "weeks", "months", "years"), 'write duration("72h")'),
    **dict.fromkeys(("date", "datetime"), 'write timestamp("2026-03-01T00:00:00+01:00")'),
}
_TEXT = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")


def hint_of_slip(text: str, offset: int, sources: Collection[str] = ()) -> str:
    """What to write instead, for a condition whose reading stopped at `offset`; "" if not known.

    >>> hint_of_slip("candidate.age is 5", 14)
    'equality is written =='
    >>> hint_of_slip("candidate.age >= 18", 14)
    ''
    """
    if _in_text(text, offset):
        return ""
    if _BEGINNING.match(text):
        return "say which fact is compared: candidate.age > 17"
    near = text[max(0, offset - 3) : offset + 5]
    here = min(offset, 3)
    for signs, hint in _SIGNS.items():
        if any(m.start() <= here <= m.end() for m in re.finditer(signs, near)):
            return hint
    before, behind = text[:offset], text[offset:]
    if behind[:1] == ")" and text.count(")") > text.count("("):
        return "a bracket is closed that was not opened"
    if behind[:1] == "$":
        return "a fact is written without a $: candidate.age"
    source, field = re.search(r"(\w+) +$", before), re.match(r"\w+", behind)
    if source and field and source[1] in sources:
        return f"a fact is written with a point: {source[1]}.{field[0]}"
    for signs, hint in _BEFORE.items():
        if re.search(signs, before, re.IGNORECASE):
            return hint
    for signs, hint in _WORDS.items():
        if re.match(signs, behind, re.IGNORECASE):
            return hint
    if _SENTENCE.match(text):
        return "a condition compares facts, like candidate.age >= 18"
    closed = text.count('"') % 2 == 0 and text.count("(") == text.count(")")
    if closed and _ENDS_A_VALUE.search(before) and _BEGINS_A_VALUE.match(behind):
        return "say what joins this to what stands before it, like && or =="
    return _of_letter(text, offset)


def hint_of_name(name: str, sources: Collection[str]) -> str:
    """What to write instead of a name without a point that is no fact.

    >>> hint_of_name("yes", ()), hint_of_name("gold", ())
    ('write true', 'a text is written "gold", a fact source.field')
    """
    if name in sources:
        return f"a fact is written {name}.NAME"
    return hint_of_word(name) or f'a text is written "{name}", a fact source.field'


def hint_of_word(name: str) -> str:
    """What CEL has for a word that other languages have, like yes and null; "" if not known."""
    return _NAMES.get(name.lower(), "")


def hint_of_call(name: str) -> str:
    """What to write instead of a function that other languages have; "" if not known."""
    return _CALLS.get(name.lower().replace("_", ""), "")


def _in_text(text: str, offset: int) -> bool:
    return any(found.start() < offset < found.end() for found in _TEXT.finditer(text))


def _of_letter(text: str, offset: int) -> str:
    """What to do with a letter that no name of a fact has."""
    letter = text[offset : offset + 1]
    if not letter.isalpha() or letter.isascii():
        return ""
    name = unicodedata.name(letter, "")
    if name.startswith("LATIN"):
        return 'a text stands between double quotes: "…"'
    return f"this letter only looks like another: it is {name}, U+{ord(letter):04X}"
