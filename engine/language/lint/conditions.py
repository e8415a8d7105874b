"""Conditions that can't be true, or can't be false, whatever the facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.language.expression import Clock
from engine.language.lint.asker import Asker
from engine.language.lint.claims import Every, Is, No, all_true, failed, passed
from engine.language.lint.findings import Finding, finding
from engine.language.lint.places import Places
from engine.language.ruleset import Condition, Rule, Ruleset


def check_conditions(
    ruleset: Ruleset, rules: Sequence[Rule], asker: Asker, places: Places
) -> Iterator[Finding]:
    """Conditions, and whole rules, that always say the same; `rules` are those not over yet."""
    for rule in rules:
        found = list(_lines(rule, asker))
        yield from found or _together(rule, asker, places)
    for signal in ruleset.signals:
        for condition in signal.when:
            yield from _never_true(
                condition,
                asker,
                "lint-never-true",
                f"so it never raises `{signal.id}` for certain",
                "mend it, or delete `when` if only decisions raise the signal",
            ) or _never_false(
                condition,
                asker,
                f"`{signal.id}` is raised for everyone",
                f"`{signal.id}` is raised for everyone, if only as possible",
            )
    for pool in ruleset.pools:
        for condition in pool.applies:
            yield from _applies(condition, pool.id, asker)


def _lines(rule: Rule, asker: Asker) -> Iterator[Finding]:
    for condition in rule.applies:
        yield from _applies(condition, rule.id, asker)
    for condition in rule.require:
        nobody = "nobody to whom it applies" if rule.applies else "nobody"
        stopped = "only those of whom it can't be told" if _unknown_blocks(rule) else "nobody"
        yield from _never_true(
            condition,
            asker,
            "lint-never-true",
            f"so {nobody} passes `{rule.id}`",
            "look for a comparison the wrong way round, or an `&&` that should be `||`",
        ) or _never_false(condition, asker, "it stops nobody", f"it stops {stopped}")


def _unknown_blocks(rule: Rule) -> bool:
    return rule.can_block and not rule.allow_unknown


def _applies(condition: Condition, name: str, asker: Asker) -> list[Finding]:
    return _never_true(
        condition,
        asker,
        "lint-never-applies",
        f"so `{name}` never applies for certain",
        "look for a comparison the wrong way round, or an `&&` that should be `||`",
    ) or _never_false(
        condition, asker, f"`{name}` applies to everyone", f"`{name}` leaves nobody out"
    )


def _never_true(condition: Condition, asker: Asker, code: str, so: str, hint: str) -> list[Finding]:
    claim = Is(condition.tree, truth=True)
    if not asker.impossible(claim, condition.place, f"can `{condition.text}` be true?"):
        return []
    message = f"this can't be true{_since(condition, asker)}, whatever the facts, {so}"
    return [finding(condition.place, code, message, hint)]


def _never_false(condition: Condition, asker: Asker, so: str, so_in_doubt: str) -> list[Finding]:
    """`so_in_doubt` is what follows for a condition that is unknown of somebody."""
    claim = Is(condition.tree, truth=False)
    if not asker.impossible(claim, condition.place, f"can `{condition.text}` be false?"):
        return []
    message = f"this can't be false{_since(condition, asker)}, whatever the facts: "
    unknown = Every((No(Is(condition.tree, truth=True)), No(claim)))
    doubtful = asker.example(unknown)
    if doubtful:
        hint = "it is unknown where a fact is missing; to require a fact, write has(source.field)"
        return [finding(condition.place, "lint-never-false", message + so_in_doubt, hint, doubtful)]
    hint = "look for an `||` that should be `&&`, or delete it"
    return [finding(condition.place, "lint-never-false", message + so, hint)]


def _since(condition: Condition, asker: Asker) -> str:
    reads_clock = any(isinstance(n, Clock) for n in condition.tree.walk())
    return f" from {asker.day} on" if reads_clock else ""


def _together(rule: Rule, asker: Asker, places: Places) -> Iterator[Finding]:
    """What only all the conditions of a rule show; each by itself may be true and false."""
    applies = all_true(rule.applies)
    at = places.of(rule, "applies")
    if len(rule.applies) > 1 and asker.impossible(applies, at, f"can `{rule.id}` apply?"):
        yield finding(
            at,
            "lint-never-applies",
            f"these can't be true together, so `{rule.id}` never applies for certain",
            "all conditions of a list must hold; for «or», write one condition with ||",
        )
        return
    if len(rule.applies) + len(rule.require) == 1:
        return
    at = places.of(rule, "require")
    whom = "to whom it applies" if rule.applies else "at all"
    if asker.impossible(passed(rule), at, f"can anyone {whom} pass `{rule.id}`?"):
        yield finding(
            at,
            "lint-never-true",
            f"nobody {whom} can pass `{rule.id}`",
            "its conditions exclude each other",
            asker.example(applies),
        )
    elif asker.impossible(failed(rule), at, f"can anyone {whom} fail `{rule.id}`?"):
        yield finding(
            at,
            "lint-never-false",
            f"nobody {whom} can fail `{rule.id}`",
            "`applies` says already what is required",
            asker.example(applies),
        )
