"""What lint proves of conditions and pairs of rules, and what it lets be."""

from __future__ import annotations

import pytest

from engine.diagnostics import Severity
from tests.support.linted import (
    POOL,
    about_conditions,
    decisions,
    lint_texts,
    proven,
    rules,
    signals,
)


def test_a_warning_has_place_caret_message_hint_and_severity() -> None:
    text = rules("require: candidate.age > 60 && candidate.age < 18")
    (found,) = about_conditions(lint_texts(text))
    assert found.diagnostic.severity is Severity.WARNING
    assert found.diagnostic.render({"rules.yaml": text}).splitlines() == [
        (
            "rules.yaml:9:14: warning[lint-never-true]: this can't be true, whatever the facts, so "
            "nobody passes `data.r1`"
        ),
        "  9 |     require: candidate.age > 60 && candidate.age < 18",
        "    |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "    = hint: look for a comparison the wrong way round, or an `&&` that should be `||`",
    ]


def test_what_is_over_is_told_from_which_day_on() -> None:
    text = rules('require: now < timestamp("2026-01-01T00:00:00Z") || candidate.age > 17')
    assert proven(text) == []
    text = rules('require: now < timestamp("2026-01-01T00:00:00Z")')
    (found,) = about_conditions(lint_texts(text))
    assert "can't be true from 2026-03-02 on" in found.diagnostic.message


def test_a_condition_that_only_misses_is_shown_with_who_misses() -> None:
    (found,) = about_conditions(
        lint_texts(rules("require: candidate.age > 17 || candidate.age < 18"))
    )
    assert found.diagnostic.code == "lint-never-false"
    assert found.example == {"candidate.age": "absent"}
    assert found.diagnostic.hint.endswith("for example candidate.age missing")


@pytest.mark.parametrize(
    ("key", "stopped"),
    [
        ("legal: true", "only those of whom it can't be told"),
        ("on_unknown: allow", "nobody"),
        ("severity: warn", "nobody"),
        ("mode: shadow", "nobody"),
    ],
)
def test_whom_a_condition_stops_that_is_never_false_is_told_as_it_is(
    key: str, stopped: str
) -> None:
    text = rules(f"{key}\nrequire: candidate.age > 17 || candidate.age < 18")
    (found,) = about_conditions(lint_texts(text))
    assert found.diagnostic.message.endswith(f"whatever the facts: it stops {stopped}")


def test_what_is_always_true_or_unknown_is_not_said_to_apply_or_be_raised_for_everyone() -> None:
    always = "candidate.age > 17 || candidate.age < 18"
    text = rules(f"applies: {always}\nrequire: candidate.campaign < 3")
    (found,) = about_conditions(lint_texts(text))
    assert found.diagnostic.message.endswith("`data.r1` leaves nobody out")
    text = signals(s=always) + decisions("given: {signal: s}, propose: X, because: {en: x}")
    (found,) = about_conditions(lint_texts(text))
    assert found.diagnostic.message.endswith("`s` is raised for everyone, if only as possible")


def test_a_rule_whose_conditions_exclude_each_other_is_found() -> None:
    text = rules("require:\n  - candidate.age > 60\n  - candidate.age < 18")
    assert proven(text) == [("lint-never-true", 9)]


def test_a_rule_that_requires_what_it_applies_to_is_found_with_somebody_it_applies_to() -> None:
    text = rules('applies: offer.kind == "tv"\nrequire: offer.kind in ["tv", "mobile"]')
    (found,) = about_conditions(lint_texts(text))
    assert (found.diagnostic.code, found.diagnostic.place.line) == ("lint-never-false", 10)
    assert found.example == {"offer.kind": '"tv"'}


def test_a_condition_that_waits_for_nothing_is_found_in_pools_and_signals_too() -> None:
    pool = (
        POOL
        + "    per: candidate.customer_id\n    applies: offer.rest_days > 9 && offer.rest_days < 3\n"
    )
    assert proven(pool) == [("lint-never-applies", 10)]
    text = (
        signals(s="candidate.age < 1 && candidate.age > 1")
        + decisions("given: {signal: s}, waive: data.r1, because: {en: x}")
        + rules("require: candidate.campaign < 3")
    )
    assert proven(text) == [("lint-never-true", 2), ("lint-never-fires", 4)]


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("require: candidate.age >= 16", "require: candidate.age >= 18"),
        ('require: line.status in ["a", "b"]', 'require: line.status == "a"'),
        (
            'applies: offer.kind == "tv"\nrequire: candidate.age >= 16',
            "require: candidate.age >= 18",
        ),
        (
            'require: "!has(history.contacts_30d) || history.contacts_30d < 4"',
            'require: "!has(history.contacts_30d) || history.contacts_30d < 1"',
        ),
        (
            "require: candidate.age >= 18\nuntil: 2026-05-31",
            "require: candidate.age >= 18\nfrom: 2026-01-01",
        ),
        ("require: candidate.age >= 16\non_unknown: allow", "require: candidate.age >= 18"),
    ],
)
def test_a_rule_that_another_makes_needless_is_found_whichever_comes_first(
    weaker: str, stronger: str
) -> None:
    assert [code for code, _ in proven(rules(weaker, stronger))] == ["lint-implied"]
    (found,) = about_conditions(lint_texts(rules(stronger, weaker)))
    assert found.diagnostic.message.startswith("`data.r2` never blocks alone: `data.r1`")
    assert found.example


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        # A missing age is stopped by the first rule only.
        ("require: candidate.age >= 16", "require: candidate.age >= 18\non_unknown: allow"),
        ("require: candidate.age >= 16", "require: candidate.age >= 18\nmode: shadow"),
        ("require: candidate.age >= 16", "require: candidate.age >= 18\nseverity: warn"),
        ("require: candidate.age >= 16", "require: candidate.age >= 18\nuntil: 2026-05-31"),
        ("require: candidate.age >= 16", "require: candidate.age >= 18\nfrom: 2026-05-31"),
        (
            "require: candidate.age >= 16",
            'applies: offer.kind == "tv"\nrequire: candidate.age >= 18',
        ),
        # Nobody knows whether the offer is for television, or the age, but never both at once.
        ("require: candidate.age >= 16", "require: candidate.age >= 18 || has(offer.kind)"),
    ],
)
def test_a_rule_that_stops_somebody_alone_is_let_be(weaker: str, stronger: str) -> None:
    found = [code for code, _ in proven(rules(weaker, stronger)) if code == "lint-implied"]
    assert found == []


def test_a_rule_whose_stand_in_can_be_waived_is_let_be() -> None:
    both = rules("require: candidate.age >= 16", "require: candidate.age >= 18")
    waiving = signals(s='customer.segment == "gold"') + decisions(
        "given: {signal: s}, waive: data.r2, because: {en: x}"
    )
    assert proven(both + waiving) == []
    assert proven(both + waiving.replace("data.r2", "[data.r1, data.r2]")) == [("lint-implied", 2)]


def test_a_weaker_rule_that_a_decision_reads_is_let_be() -> None:
    text = rules("require: candidate.age >= 16", "require: candidate.age >= 18") + decisions(
        "given: {failed: data.r2, passed: data.r1}, propose: YOUTH, because: {en: x}"
    )
    assert proven(text) == []


def test_rules_that_exclude_each_other_are_found_with_somebody_who_passes_one() -> None:
    text = rules("require: candidate.age > 60", "require: candidate.age < 18")
    (found,) = about_conditions(lint_texts(text))
    assert (found.diagnostic.code, found.diagnostic.place.line) == ("lint-never-together", 10)
    assert int(found.example["candidate.age"]) > 60


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # They divide the candidates between them.
        (
            'applies: offer.kind == "tv"\nrequire: candidate.age > 60',
            'applies: offer.kind == "mobile"\nrequire: candidate.age < 18',
        ),
        ("require: candidate.age > 60", "require: candidate.age < 18\nmode: shadow"),
        ("require: candidate.age > 16", "require: candidate.age < 18"),
    ],
)
def test_rules_that_somebody_passes_together_are_let_be(first: str, second: str) -> None:
    assert proven(rules(first, second)) == []


def test_rules_that_are_never_in_force_on_one_day_are_let_be() -> None:
    first = "require: candidate.age > 60\nuntil: 2026-05-31"
    text = rules(first, "require: candidate.age < 18\nfrom: 2026-06-01")
    assert [code for code, _ in proven(text)] == ["lint-not-started"]


def test_three_rules_that_nobody_passes_together_are_named_and_no_others() -> None:
    text = rules(
        "require: offer.rest_days > offer.max_attempts",
        "require: candidate.age > 3",
        "require: candidate.campaign > offer.rest_days",
        "require: candidate.campaign < offer.max_attempts",
    )
    (found,) = about_conditions(lint_texts(text))
    assert found.diagnostic.code == "lint-nobody-passes"
    assert "`data.r1`, `data.r3`, `data.r4`" in found.diagnostic.message


def test_without_a_solver_what_takes_reasoning_is_counted_and_not_claimed() -> None:
    deep = rules("require: candidate.age > candidate.pdays && candidate.age < candidate.pdays")
    assert proven(deep) == [("lint-never-true", 9)]
    report = lint_texts(deep, proofs=False)
    assert about_conditions(report) == []
    assert [o.why for o in report.open] == ["not proven"]
    assert report.proven == 0


def test_what_a_few_candidates_decide_takes_no_solver() -> None:
    text = rules("require: candidate.age > 60", "require: candidate.age < 18")
    assert proven(text, proofs=False) == [("lint-never-together", 10)]


def test_what_can_not_be_told_is_counted_and_not_claimed() -> None:
    text = rules(
        r'require: candidate.postcode.matches("^[0-9]{5}$") && size(candidate.postcode) == 4'
    )
    report = lint_texts(text)
    assert about_conditions(report) == []
    assert [o.why for o in report.open] == ["it says something that can't be reasoned about"]


def test_examples_never_show_what_is_marked_pii() -> None:
    text = rules('require: candidate.phone == "+33199000001" || candidate.phone != "+33199000001"')
    report = lint_texts(text)
    shown = [*(f.example for f in report.findings), *(s.example for s in report.settled)]
    assert shown
    assert not any("33199" in value for example in shown for value in example.values())


def test_the_order_of_rules_changes_nothing() -> None:
    one, other = "require: candidate.age > 60", "require: candidate.age < 18"
    assert proven(rules(one, other)) == proven(rules(other, one))
