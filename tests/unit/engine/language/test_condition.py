"""Conditions that are refused: code, exact place and hint, as an author of rules meets them."""

from __future__ import annotations

import pytest

from engine.diagnostics import Diagnostic, Place
from engine.language.condition import parse_condition
from engine.language.expression import (
    Call,
    CelType,
    Clock,
    Fact,
    Has,
    Literal,
)
from tests.support.conditions import VOCABULARY, accepted, refused, underlined

# Text, the part of it that is underlined, code, words of the message, words of the hint.
REFUSED = [
    ("stock.available = 1", "=", "bad-condition", "this is not a condition", "written =="),
    (
        "offer.sellable and true", "and", "bad-condition",
        "this is not a condition", "&& for and",
    ),
    ("offer.kind == 'tv", "'", "bad-condition", "this is not a condition", ""),
    ("stock.avalable > 1", "stock.avalable", "unknown-fact", "stock.avalable", "stock.available"),
    ("1 < stok.available", "stok.available", "unknown-fact", "stok.available", "stock.available"),
    ("has(offer.colour)", "offer.colour", "unknown-fact", "offer.colour", "offer has: kind, price"),
    ("offer.kind == tv", "tv", "unknown-fact", "`tv`", 'written "tv"'),
    ("stock.available.size > 1", "stock.available.size", "unknown-fact", "no fact", ""),
    ("stock.available + 0.5 > 1.0", "stock.available + 0.5", "wrong-type", "`+`", "1.0"),
    ("offer.price > offer.kind", "offer.price > offer.kind", "wrong-type", "a text", ""),
    ('line.built_on > "2026-01-01"', 'line.built_on > "2026-01-01"', "wrong-type",
     "a moment in time and a text", 'timestamp("'),
    ("!stock.available", "!stock.available", "wrong-type", "`!` does not take a whole number", ""),
    ("1 < -offer.kind", "-offer.kind", "wrong-type", "`-` does not take a text", ""),
    ("offer.price % 2.0 == 0.0", "offer.price % 2.0", "wrong-type", "`%`", ""),
    ("offer.tags == offer.tags", "offer.tags == offer.tags", "wrong-type", "list<string>", ""),
    ("offer.sellable ? 1 : true", "offer.sellable ? 1 : true", "wrong-type", "`? :`", ""),
    ("offer.kind in ['tv', 1]", "['tv', 1]", "wrong-type", "of one type", ""),
    ("1 in [1, 2.0]", "[1, 2.0]", "wrong-type", "of one type", "1.0 instead of 1"),
    ("stock.available in offer.tags", "stock.available in offer.tags", "wrong-type", "`in`", ""),
    ("stock.available", "stock.available", "wrong-type", "a yes/no condition is needed", ""),
    ("1 in []", "[]", "unsupported", "empty list", ""),
    ("size([1, 2]) == 2", "size([1, 2])", "unsupported", "only used after `in`", ""),
    ("offer.kind in ''", "offer.kind in ''", "wrong-type", "a text and a text", "followed by a list"),
    ("1 < stock.available < 5", "1 < stock.available < 5", "wrong-type", "`<`",
     "1 < x && x < 5"),
    ("offer.kind == 'a' || 'b'", "offer.kind == 'a' || 'b'", "wrong-type", "`||`", "in [1, 2]"),
    ("offer.kind == 5", "offer.kind == 5", "wrong-type", "a whole number", "int(text)"),
    ("now - line.checked_at > 3", "now - line.checked_at > 3", "wrong-type", "a duration",
     'duration("72h")'),
    ('now - line.checked_at > "3h"', 'now - line.checked_at > "3h"', "wrong-type", "a text",
     'duration("72h")'),
    ("offer.tags == 'a'", "offer.tags == 'a'", "wrong-type", "list<string>", "exists()"),
    ("1 in [[1]]", "[[1]]", "unsupported", "list of lists", ""),
    ("offer.kind == null", "null", "unsupported", "null is not used", "has(fact)"),
    ("offer.kind == b'tv'", "b'tv'", "unsupported", "kind of value", ""),
    ("stock.available == 1u", "1u", "unsupported", "kind of value", ""),
    ("offer.tags[0] == 'a'", "offer.tags[0]", "unsupported", "single element", "exists()"),
    ("{'a': 1}.a == 1", "{'a': 1}.a", "unsupported", "only facts have fields", ""),
    ("{'a': 1} == {'a': 1}", "{'a': 1}", "unsupported", "maps", ""),
    (".offer == 1", ".offer", "unsupported", "begin with a dot", ""),
    ("offer.tags.map(t, t) == 1", "offer.tags.map(t, t)", "unsupported", "map()", "exists()"),
    ("offer.tags.filter(t, true)", "offer.tags.filter(t, true)", "unsupported", "filter()", "all()"),
    ("bool(offer.kind)", "bool(offer.kind)", "unsupported", "bool()", "boolean"),
    ("offer.kind.lowerAscii() == 'a'", "offer.kind.lowerAscii()", "unsupported", "lowerAscii()",
     "(?i)"),
    ("uint(1) > 0", "uint(1)", "unsupported", "uint()", "int()"),
    ("offer.kind.startWith('a')", "offer.kind.startWith('a')", "unknown-function",
     "startWith", "startsWith"),
    ("contains(offer.kind, 'a')", "contains(offer.kind, 'a')", "wrong-arguments",
     "behind a dot", "text.contains"),
    ("size() > 1", "size()", "wrong-arguments", "size()", ""),
    ("has(stock)", "has(stock)", "wrong-arguments", "one fact", "has(source.field)"),
    ("offer.kind.matches('(')", "'('", "bad-pattern", "RE2", ""),
    ("offer.kind.matches('(?=a)')", "'(?=a)'", "bad-pattern", "RE2", ""),
    ("offer.kind.matches('(?<kind>a)')", "'(?<kind>a)'", "bad-pattern", "(?<", "no name"),
    ("offer.kind.matches(offer.kind)", "offer.kind", "wrong-arguments", "in quotes", ""),
    ('duration("3d") < duration("1h")', 'duration("3d")', "bad-duration", "72h", "in hours"),
    ('duration("300000000000h") < duration("1h")', 'duration("300000000000h")',
     "bad-duration", "too long", ""),
    ('now > timestamp("2026-02-30T00:00:00Z")', 'timestamp("2026-02-30T00:00:00Z")',
     "bad-timestamp", "not a moment", "timestamp("),
    ('now > timestamp("2026-02-03T00:00:00")', 'timestamp("2026-02-03T00:00:00")',
     "bad-timestamp", "no time zone", "Z or +01:00"),
    ('now > timestamp("2026-02-03")', 'timestamp("2026-02-03")', "bad-timestamp", "not a moment",
     "timestamp("),
    ('now > timestamp("20260203T000000Z")', 'timestamp("20260203T000000Z")', "bad-timestamp",
     "not a moment", ""),
    ('now > timestamp("2026-02-03T00:00:00.1234567Z")',
     'timestamp("2026-02-03T00:00:00.1234567Z")', "bad-timestamp", "whole microseconds", ""),
    ('now > timestamp("0001-01-01T00:00:00+01:00")', 'timestamp("0001-01-01T00:00:00+01:00")',
     "bad-timestamp", "years 1 to 9999", ""),
    ('duration("1ns") < duration("1h")', 'duration("1ns")', "bad-duration", "microseconds", ""),
    ('duration("2562048h") > duration("1h")', 'duration("2562048h")', "bad-duration", "too long",
     "292 years"),
    ("stock.available < 9223372036854775808", "9223372036854775808", "bad-number", "too large", ""),
    ("stock.available < " + "9" * 5000, "9" * 5000, "bad-number", "too large", ""),
    ("offer.price < 1e400", "1e400", "bad-number", "too large", ""),
    (r"offer.kind == '\q'", r"'\q'", "bad-text", "escape", "backslash twice"),
    (r"offer.kind == '\ud800'", r"'\ud800'", "bad-text", "escape", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "part", "code", "message", "hint"), REFUSED, ids=[t[0][:40] for t in REFUSED]
)
def test_what_is_refused_is_refused_at_its_place_with_a_hint(
    text: str, part: str, code: str, message: str, hint: str
) -> None:
    problem = refused(text)
    assert problem.code == code
    assert message in problem.message
    assert hint in problem.hint
    found = underlined(problem, text)
    assert part.startswith(found) if code == "bad-condition" else found == part


@pytest.mark.parametrize("text", ["", "1 <", "stock.available > (1", "!", "offer.kind in"])
def test_a_condition_that_ends_too_early_is_marked_at_its_end(text: str) -> None:
    problem = refused(text)
    assert (problem.code, problem.message) == ("bad-condition", "this ends too early")
    assert problem.place.column == 11 + len(text)


def test_an_open_bracket_is_hinted_at() -> None:
    assert refused("stock.available > (1").hint == "a quote or a bracket is opened and not closed"


@pytest.mark.parametrize("depth", [70, 400, 3000])
@pytest.mark.parametrize("make", [lambda n: "!" * n + "true", lambda n: "1" + " + 1" * n + " > 0"])
def test_nesting_too_deep_is_refused_and_no_crash(depth: int, make: object) -> None:
    text = make(depth)  # type: ignore[operator]
    assert refused(text).code == "too-deep"


def test_the_problem_is_shown_as_people_see_it() -> None:
    text = "rules:\n  - require: stock.avalable > 1\n"
    result = parse_condition(
        "stock.avalable > 1", Place("rules/a.yaml", 2, 14), VOCABULARY, CelType.BOOL
    )
    assert isinstance(result, Diagnostic)
    assert result.render({"rules/a.yaml": text}) == (
        "rules/a.yaml:2:14: error[unknown-fact]: there is no fact `stock.avalable`\n"
        "  2 |   - require: stock.avalable > 1\n"
        "    |              ^^^^^^^^^^^^^^\n"
        "    = hint: did you mean `stock.available`?"
    )


def test_what_is_accepted_has_types_and_knows_its_facts() -> None:
    condition = accepted("has(stock.available) && stock.available * 2 > 10 || now > today")
    assert condition.facts == ("stock.available",)
    assert condition.text.startswith("has(")
    either = condition.tree
    assert isinstance(either, Call)
    assert (either.function, either.type) == ("||", CelType.BOOL)
    kinds = {type(node) for node in either.walk()}
    assert kinds == {Call, Fact, Has, Literal, Clock}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("stock.available", CelType.INT),
        ("-9223372036854775808", CelType.INT),
        ("offer.price / 2.0", CelType.DOUBLE),
        ("line.built_on", CelType.TIMESTAMP),
        ("now - line.built_on", CelType.DURATION),
        ("offer.kind + 'x'", CelType.STRING),
        ("offer.tags", CelType.LIST_STRING),
        ("offer.sellable ? 1 : 2", CelType.INT),
        ("int(offer.price)", CelType.INT),
        ("double(offer.kind)", CelType.DOUBLE),
        ("string(now)", CelType.STRING),
        ("timestamp(offer.kind)", CelType.TIMESTAMP),
        ("timestamp(stock.available)", CelType.TIMESTAMP),
        ("duration(now - today)", CelType.DURATION),
        ("now.getMonth()", CelType.INT),
        ("(now - today).getMilliseconds()", CelType.INT),
    ],
)
def test_every_expression_has_the_type_cel_gives_it(text: str, kind: CelType) -> None:
    assert accepted(text, None).tree.type is kind
    assert accepted(text, kind).tree.type is kind
    assert refused(text, CelType.BOOL).code == "wrong-type"
