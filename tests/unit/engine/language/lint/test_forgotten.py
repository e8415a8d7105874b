"""Decisions that never fire, facts that may be missing, and what a rulebook forgets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.linted import POOL, decisions, lint_texts, proven, rules, signals


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            rules("require: candidate.age > 17\nmode: shadow")
            + decisions("given: {failed: data.r1}, propose: X, because: {en: x}"),
            "shadow mode",
        ),
        (
            rules("require: candidate.age > 17\nuntil: 2026-01-31")
            + decisions("given: {failed: data.r1}, propose: X, because: {en: x}"),
            "ended on 2026-01-31",
        ),
        (
            signals(s="candidate.age > 60", t="candidate.age < 18")
            + decisions("given: {signal: [s, t]}, propose: X, because: {en: x}"),
            "can't happen together",
        ),
        (
            "signals: [{id: s}]\n"
            + decisions(
                "given: {signal: s}, signal: t, because: {en: x}",
                "given: {signal: t}, propose: X, because: {en: x}",
            ),
            "nothing can raise the signal",
        ),
        (
            rules("require: candidate.age > 17", "require: candidate.age > 20")
            + decisions("given: {failed: data.r1, passed: data.r2}, propose: X, because: {en: x}"),
            "can't happen together",
        ),
    ],
)
def test_a_decision_that_never_fires_is_found_and_why(text: str, why: str) -> None:
    report = lint_texts(text)
    found = [f for f in report.findings if f.diagnostic.code == "lint-never-fires"]
    assert found
    assert why in found[0].diagnostic.hint


def test_a_decision_that_fires_through_a_chain_of_signals_is_let_be() -> None:
    text = signals(s="candidate.age > 60") + decisions(
        "given: {signal: s}, signal: t, because: {en: x}",
        "given: {signal: t}, signal: u, because: {en: x}",
        "given: {at_least: 1, signal: [u, t]}, propose: X, because: {en: x}",
    )
    assert proven(text) == []


def test_a_signal_that_only_a_decision_raises_and_nobody_hears_is_found() -> None:
    text = signals(s="candidate.age > 60") + decisions(
        "given: {signal: s}, signal: t, because: {en: x}"
    )
    assert proven(text) == [("lint-unused-signal", 4)]


@pytest.mark.parametrize(
    "require",
    [
        'customer.segment != "business"',
        '!(customer.segment in ["business", "youth"])',
        '!("adsl" in customer.products)',
        "!(offer.product in customer.products)",
        '!(customer.segment == "business")',
        "!tickets.bereavement",
        'candidate.age > 17 && (candidate.age > 60 || customer.segment != "business")',
        '!(customer.segment == "a" || customer.segment == "b")',
    ],
)
def test_saying_what_a_fact_is_not_is_warned_of_once(require: str) -> None:
    assert proven(rules(f"require: '{require}'")) == [("lint-negation", 9)]


@pytest.mark.parametrize(
    "keys",
    [
        "require: '!has(customer.segment) || customer.segment != \"business\"'",
        'require:\n  - has(customer.segment)\n  - customer.segment != "business"',
        'applies: has(customer.segment)\nrequire: customer.segment != "business"',
        "require: '!(customer.segment != \"business\")'",
        'require: candidate.channel != "mail"',
        'require: customer.segment != "business"\non_unknown: allow',
        # Without an age nobody passes anyway.
        "require: candidate.age > 17 && candidate.age != 99",
        "require: candidate.age > 17",
    ],
)
def test_saying_what_a_fact_is_not_is_let_be_where_missing_is_thought_of(keys: str) -> None:
    assert proven(rules(keys)) == []


TEST = """\
as_of: 2026-03-02T09:30:00+01:00
tests:
  - name: t
    given: {offer: {kind: "tv"}}
    expect: {verdict: blocked, {key}: {id}}
"""


def test_a_test_with_the_fact_missing_shows_that_it_was_thought_of() -> None:
    text = rules('require: customer.segment != "business"')
    test = TEST.replace("{key}", "unknown").replace("{id}", "data.r1")
    assert proven(text, tests=[test]) == []
    pool = POOL + "    per: offer.sku\n"
    assert proven(pool) == [("lint-pool-key", 9)]
    assert (
        proven(pool, tests=[TEST.replace("{key}", "no_room").replace("{id}", "stock.units")]) == []
    )


@pytest.mark.parametrize(
    "guard",
    [
        rules("require: has(offer.sku)"),
        rules("require: stock.on_hand > 0"),  # stock is looked up by offer.sku
        rules('require: offer.sku == "X1"'),
    ],
)
def test_a_pool_whose_fact_a_rule_requires_is_let_be(guard: str) -> None:
    assert proven(guard + POOL + "    per: offer.sku\n") == []
    shadow = guard.replace("    owner: tests\n", "    owner: tests\n    mode: shadow\n")
    assert [c for c, _ in proven(shadow + POOL + "    per: offer.sku\n")] == ["lint-pool-key"]


def test_dates_are_held_against_the_given_day_both_included() -> None:
    text = rules("from: 2026-03-02\nuntil: 2026-03-05\nrequire: candidate.age > 17")

    def on(day: int) -> list[tuple[str, int]]:
        return proven(text, now=datetime(2026, 3, day, 12, tzinfo=UTC))

    assert on(1) == [("lint-not-started", 9)]
    assert on(2) == on(5) == []
    assert on(6) == [("lint-expired", 10)]


def test_the_day_is_that_of_the_configured_time_zone() -> None:
    text = rules("until: 2026-03-05\nrequire: candidate.age > 17")
    assert proven(text, now=datetime(2026, 3, 5, 23, 30, tzinfo=UTC)) == [("lint-expired", 9)]


def test_owners_tests_and_languages_are_asked_for() -> None:
    text = rules("require: candidate.age > 17\nremedy: {it: x, en: x}") + POOL.replace(
        "    owner: tests\n", ""
    )
    report = lint_texts(text + "    per: candidate.customer_id\n", languages=("en", "it"))
    said = [(f.diagnostic.code, f.diagnostic.place.line) for f in report.findings]
    assert said == [
        ("lint-no-test", 2),
        ("lint-no-language", 8),
        ("lint-no-owner", 12),
        ("lint-no-test", 12),
        ("lint-no-language", 16),
    ]
