"""Comparisons that no fact can make true are refused, and their neighbours are not."""

from __future__ import annotations

import pytest

from tests.support.conditions import accepted, refused, underlined

# Text, the part of it that is underlined, words of the hint; and what is like it and may be true.
NEVER = [
    ("stock.available == 1.5", "", "never 1.5", "stock.available == 1.0"),
    ("1.5 == stock.available", "", "never 1.5", "1.5 <= stock.available"),
    ("stock.available in [0.5, 1.5]", "", "never 0.5", "stock.available in [0.5, 2.0]"),
    ("stock.available > 1e19", "", "never 1e+19", "stock.available < 1e19"),
    ("stock.available < -9223372036854775808", "", "never", "stock.available <= -9223372036854775808"),
    ("size(offer.kind) < 0", "", "a blank cell is absent", "size(offer.kind) < 2"),
    ("size(offer.kind) == 0", "", "!has(offer.kind)", "size(offer.kind) == 1"),
    ("size(offer.tags) < 1", "", "!has(offer.tags)", "size(offer.tags) <= 1"),
    ("size(offer.kind + offer.kind) < 0", "", "0 or more", "size(offer.kind + offer.kind) <= 0"),
    ("offer.kind == ''", "", "!has(offer.kind)", "offer.kind != ''"),
    ("'' == offer.kind", "", "!has(offer.kind)", "'' + '' == offer.kind"),
    ("offer.kind in ['']", "", "!has(offer.kind)", "offer.kind in ['', 'tv']"),
    ("now.getMonth() == 12", "", "December is 11", "now.getMonth() == 11"),
    ("now.getMonth() in [12]", "", "December is 11", "now.getMonth() in [12, 1]"),
    ("now.getDayOfWeek() == 7", "", "Sunday is 0", "now.getDayOfWeek() == 6"),
    ("now.getDate() == 0", "", "1 to 31", "now.getDate() == 31"),
    ("now.getDayOfMonth() == 31", "", "getDate() counts from 1", "now.getDayOfMonth() == 0"),
    ("now.getHours() >= 24", "", "0 to 23", "now.getHours() >= 23"),
    ("24 <= now.getHours()", "", "0 to 23", "24 > now.getHours()"),
    ("now.getMinutes() > 59", "", "0 to 59", "now.getMinutes() > 58"),
    ("now.getFullYear() < 0", "", "2026", "now.getFullYear() < 26"),
    ("true && now.getHours() == 24", "now.getHours() == 24", "0 to 23",
     "(now - now).getHours() == 24"),
    ("offer.tags.exists(t, size(t) < 0)", "size(t) < 0", "0 or more",
     "offer.tags.exists(t, size(t) == 0)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "part", "hint", "possible"), NEVER, ids=[t[0][:40] for t in NEVER]
)
def test_a_comparison_that_is_never_true_is_refused_and_its_neighbour_is_not(
    text: str, part: str, hint: str, possible: str
) -> None:
    problem = refused(text)
    assert (problem.code, problem.message) == ("never-true", "this comparison is never true")
    assert hint in problem.hint
    assert underlined(problem, text) == (part or text)
    accepted(possible)
