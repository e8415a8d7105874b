"""Functions and macros: what is refused, where and with which hint, and what is made of the rest."""

from __future__ import annotations

import pytest

from engine.language.expression import CelType, Quantified, Variable
from tests.support.conditions import accepted, refused, underlined

# Text, the part of it that is underlined, code, words of the message, words of the hint.
REFUSED = [
    # Macros.
    ("offer.tags.exists('a')", "offer.tags.exists('a')", "wrong-arguments", "a name and a condition",
     "value in list"),
    ("offer.tags.all(t, t)", "t", "wrong-arguments", "a yes/no condition", "list.all(x"),
    ("offer.tags.all(1, true)", "1", "wrong-arguments", "name for the element comes first", ""),
    ("offer.tags.all(offer.kind, true)", "offer.kind", "wrong-arguments", "comes first", ""),
    ("exists(offer.tags, t, true)", "exists(offer.tags, t, true)", "wrong-arguments",
     "behind a dot", "list.exists(x"),
    ("offer.kind.exists(t, true)", "offer.kind", "wrong-arguments", "this is a text", ""),
    ("offer.tags.exists(now, true)", "now", "wrong-arguments", "something else already", ""),
    ("offer.tags.exists(offer, true)", "offer", "wrong-arguments", "something else already", ""),
    ("offer.tags.all(t, offer.tags.all(t, true))", "t", "wrong-arguments", "already", ""),
    ("offer.tags.all(t, t.x == 1)", "t.x", "wrong-type", "`t` is a text and has no fields", ""),
    ("offer.tags.all(t, has(t))", "has(t)", "wrong-arguments", "one fact", ""),
    ("offer.tags.all(t, t == 'a') && t == 'a'", "t", "unknown-fact", "`t`", ""),
    ("offer.tags.all(tag, tog == 'a')", "tog", "unknown-fact", "`tog`", ""),
    ("[].exists(t, true)", "[]", "unsupported", "empty list", ""),
    # Parts of moments.
    ("getHours(now) < 9", "getHours(now)", "wrong-arguments", "behind a dot", "moment.getHours"),
    ("now.getHours('Europe/Roma') < 9", "'Europe/Roma'", "bad-zone", "no time zone", "Europe/Rome"),
    ("now.getHours('02:00') < 9", "'02:00'", "bad-zone", "no time zone", "+02:00 or -02:00"),
    ("now.getHours('+25:00') < 9", "'+25:00'", "bad-zone", "no time zone", "Europe/Rome"),
    ("now.getHours('localtime') < 9", "'localtime'", "bad-zone", "no time zone", ""),
    ("now.getHours('../Rome') < 9", "'../Rome'", "bad-zone", "no time zone", ""),
    ("now.getHours(offer.kind) < 9", "offer.kind", "wrong-arguments", "in quotes", "Europe/Rome"),
    ("now.getHours(1) < 9", "now.getHours(1)", "wrong-arguments", "a whole number", ""),
    ("now.getHours('UTC', 'UTC') < 9", "now.getHours('UTC', 'UTC')", "wrong-arguments",
     "too many", "moment.getHours"),
    ("(now - now).getFullYear() > 1", "(now - now).getFullYear()", "wrong-arguments",
     "a duration", ""),
    ("(now - now).getHours('UTC') > 1", "(now - now).getHours('UTC')", "wrong-arguments",
     "a duration and a text", ""),
    ("today.getDate() == 1", "today.getDate()", "wrong-arguments", "the day before",
     'today.getDate("Europe/Rome")'),
    ("line.built_on.getDayOfWeek() == 1", "line.built_on.getDayOfWeek()", "wrong-arguments",
     "the day before", 'line.built_on.getDayOfWeek("Europe/Rome")'),
    # Conversions.
    ("int('abc') > 1", "int('abc')", "bad-number", "number of this text", ""),
    ("int('9223372036854775808') > 1", "int('9223372036854775808')", "bad-number", "", ""),
    ("double('1,5') > 1.0", "double('1,5')", "bad-number", "number of this text", ""),
    ("double('1e400') > 1.0", "double('1e400')", "bad-number", "number of this text", ""),
    ("offer.kind.int() > 1", "offer.kind.int()", "wrong-arguments", "does not stand behind", ""),
    ("int() > 1", "int()", "wrong-arguments", "too few", "int() takes"),
    ("int(offer.sellable) > 1", "int(offer.sellable)", "wrong-arguments", "yes/no", ""),
    ("string(offer.price) == '1'", "string(offer.price)", "wrong-arguments", "decimal number",
     "string(int("),
    ("string(offer.tags) == '1'", "string(offer.tags)", "wrong-arguments", "list<string>", ""),
    ("timestamp(offer.price) < now", "timestamp(offer.price)", "wrong-arguments", "decimal", ""),
    ("duration(offer.kind) < duration('1h')", "duration(offer.kind)", "wrong-arguments",
     "in quotes", 'duration("72h")'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "part", "code", "message", "hint"), REFUSED, ids=[t[0][:40] for t in REFUSED]
)
def test_a_call_that_does_not_fit_is_refused_at_its_place_with_a_hint(
    text: str, part: str, code: str, message: str, hint: str
) -> None:
    problem = refused(text)
    assert problem.code == code
    assert message in problem.message
    assert hint in problem.hint
    assert underlined(problem, text) == part


def test_a_macro_knows_its_facts_and_binds_its_name() -> None:
    condition = accepted("offer.tags.exists(t, t == offer.kind && [1, 2].all(n, size(t) > n))")
    assert condition.facts == ("offer.kind", "offer.tags")
    outer = condition.tree
    assert isinstance(outer, Quantified)
    assert (outer.function, outer.variable, outer.type) == ("exists", "t", CelType.BOOL)
    variables = {n for n in outer.walk() if isinstance(n, Variable)}
    assert variables == {Variable(CelType.STRING, "t"), Variable(CelType.INT, "n")}


def test_a_name_is_free_again_where_its_macro_has_ended() -> None:
    accepted("offer.tags.exists(t, t == 'a') && offer.tags.all(t, t != 'b')")
