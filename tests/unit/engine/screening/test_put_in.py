from __future__ import annotations

import pytest

from engine.screening.put_in import put_in

VALUES = {
    "offer.kind": '"tv"',
    "offer.min": "100",
    "line.max": "‹stale›",
    "now": "2026-03-02 09:30",
    "candidate.note": '"offer.min"',
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("line.max >= offer.min", "‹stale› >= 100"),
        ("has(line.max) && !has(offer.kind)", 'has(‹stale›) && !has("tv")'),
        ('offer.kind == "offer.kind"', '"tv" == "offer.kind"'),
        ("offer.kind == 'offer.kind \\' offer.min'", "\"tv\" == 'offer.kind \\' offer.min'"),
        (r'offer.kind.matches(r"\offer.min\")', r'"tv".matches(r"\offer.min\")'),
        ('offer.kind in ["""offer.min "x" """]', '"tv" in ["""offer.min "x" """]'),
        ('offer.kind.startsWith("t")', '"tv".startsWith("t")'),
        ("offer . kind == offer.kinds", '"tv" == offer.kinds'),
        ("myoffer.min > offer.minimum", "myoffer.min > offer.minimum"),
        ('now - duration("1h") < now', '2026-03-02 09:30 - duration("1h") < 2026-03-02 09:30'),
        ('now.getHours("UTC") > 8', '2026-03-02 09:30.getHours("UTC") > 8'),
        ("nowhere == candidate.note", 'nowhere == "offer.min"'),
        ("offer.min>0x1F&&offer.min<1e3", "100>0x1F&&100<1e3"),
    ],
)
def test_facts_and_clocks_are_replaced_and_texts_in_quotes_are_not(
    text: str, expected: str
) -> None:
    assert put_in(text, VALUES) == expected


def test_what_is_no_condition_makes_no_error() -> None:
    assert put_in('"offer.min', {"offer.min": "1"}) == '"1'
