"""What a rulebook forgets as it ages: dates that are over, owners, tests, translations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from engine.language.lint.findings import Finding, finding
from engine.language.lint.places import Part, Places
from engine.language.lint.tried import Tried
from engine.language.ruleset import Decision, Pool, Rule, Ruleset, Texts


def check_dates(ruleset: Ruleset, day: date, places: Places) -> Iterator[Finding]:
    """Rules that are over on `day`, or that have not begun."""
    for rule in ruleset.rules:
        if rule.until is not None and rule.until < day:
            yield finding(
                places.of(rule, "until"),
                "lint-expired",
                f"`{rule.id}` ended on {rule.until} and says nothing any more",
                "delete it, or give it a later `until`",
            )
        elif rule.from_ is not None and rule.from_ > day:
            yield finding(
                places.of(rule, "from"),
                "lint-not-started",
                f"`{rule.id}` says nothing before {rule.from_}",
                "nothing to do if that is meant",
            )


def check_owners(ruleset: Ruleset) -> Iterator[Finding]:
    """Rules, decisions and pools that nobody answers for."""
    parts: list[Rule | Decision | Pool] = [*ruleset.rules, *ruleset.decisions, *ruleset.pools]
    for part in parts:
        if not part.owner:
            yield finding(
                part.place,
                "lint-no-owner",
                f"nobody answers for `{part.id}`",
                "add `owner: …`, a team rather than a person",
            )


def check_tests(ruleset: Ruleset, cases: Sequence[Tried]) -> Iterator[Finding]:
    """Rules, decisions and pools that no test speaks of."""
    named = {name for case in cases for name in case.named}
    offers = {offer for case in cases for offer in case.offers}
    deciding = [d for d in ruleset.decisions if d.signal is None]
    parts: list[Rule | Pool | Decision] = [*ruleset.rules, *ruleset.pools, *deciding]
    for part in parts:
        if part.id in named:
            continue
        # A decision shows in what it does: a waiver and an offer by effect.
        if isinstance(part, Decision) and (named & set(part.waive) or part.propose in offers):
            continue
        file = part.place.file.rsplit(".", 1)[0] + ".test.yaml"
        yield finding(
            part.place,
            "lint-no-test",
            f"no test speaks of `{part.id}`",
            f"add a test to {file} that names it under `expect`",
        )


def check_languages(ruleset: Ruleset, places: Places) -> Iterator[Finding]:
    """Sentences that are not there in every language of config.yaml."""
    for rule in ruleset.rules:
        yield from _language(rule, ruleset, places, {"reason": rule.reason, "remedy": rule.remedy})
    for pool in ruleset.pools:
        yield from _language(pool, ruleset, places, {"reason": pool.reason, "remedy": pool.remedy})
    for decision in ruleset.decisions:
        yield from _language(decision, ruleset, places, {"because": decision.because})
        if decision.block is not None:
            block = decision.block
            texts = {"reason": block.reason, "remedy": block.remedy}
            yield from _language(decision, ruleset, places, texts, "block")


def _language(
    part: Part, ruleset: Ruleset, places: Places, texts: dict[str, Texts], *above: str
) -> Iterator[Finding]:
    for key, sentences in texts.items():
        missing = [code for code in ruleset.languages if sentences and code not in sentences]
        if missing:
            yield finding(
                places.of(part, *above, key),
                "lint-no-language",
                f"the {key} of `{part.id}` is not written in {', '.join(missing)}",
                f"without it `{ruleset.languages[0]}` is shown, the first language of config.yaml",
            )


def not_over(rules: Sequence[Rule], day: date) -> list[Rule]:
    """Rules that are in force on `day` or will be."""
    return [r for r in rules if r.until is None or r.until >= day]
