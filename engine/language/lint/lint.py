"""Valid but suspicious: a checked rulebook → warnings, each with its place. Open this first.

Lint knows the rulebook, the tests and a day; it reads no list. What it claims of conditions it
has proven for every candidate there can be; what it could not prove it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.language.cases import Case
from engine.language.lint.asker import Asker, Solve
from engine.language.lint.claims import Claim, Is, blocks, passed
from engine.language.lint.conditions import check_conditions
from engine.language.lint.decisions import check_decisions, check_signals
from engine.language.lint.findings import Finding, Report
from engine.language.lint.missing import Keys, check_missing
from engine.language.lint.pairs import check_everyone, check_pairs
from engine.language.lint.places import Places
from engine.language.lint.tried import tried
from engine.language.lint.upkeep import (
    check_dates,
    check_languages,
    check_owners,
    check_tests,
    not_over,
)
from engine.language.ruleset import Rule, Ruleset
from engine.language.vocabulary import Vocabulary


def lint(
    ruleset: Ruleset,
    vocabulary: Vocabulary,
    cases: Sequence[Case],
    keys: Keys,
    now: datetime,
    zone: ZoneInfo,
    solve: Solve | None,
) -> Report:
    """Every warning about `ruleset` on the day of `now`, in order of place.

    `cases` are the rule authors' tests, `keys` the facts that each source is joined on. Without
    `solve` (see `engine.language.lint.solver`), what takes a proof stays open.
    """
    day = now.astimezone(zone).date()
    rules = not_over(ruleset.rules, day)
    places = Places(ruleset.texts)
    candidates = tried(cases)
    asker = Asker(vocabulary, now, zone, candidates, _claims(ruleset, rules), solve)
    findings = list(check_conditions(ruleset, rules, asker, places))
    flawed = {f.diagnostic.place for f in findings}
    sound = [r for r in rules if not _places_of(r, places) & flawed]
    findings += check_pairs(ruleset, sound, asker)
    if not any(f.diagnostic.code in _EXCLUDING for f in findings):
        findings += check_everyone([r for r in sound if r.in_effect(day)], asker)
    findings += check_decisions(ruleset, rules, asker, places)
    findings += check_signals(ruleset, places)
    findings += check_missing(ruleset, rules, candidates, keys, places)
    findings += check_dates(ruleset, day, places)
    findings += check_owners(ruleset)
    findings += check_tests(ruleset, candidates)
    findings += check_languages(ruleset, places)
    return Report(
        findings=tuple(sorted(findings, key=_by_place)),
        settled=tuple(asker.settled),
        open=tuple(asker.open),
        by_example=asker.by_example,
        proven=asker.proven,
    )


_EXCLUDING = ("lint-never-true", "lint-never-together")


def _claims(ruleset: Ruleset, rules: Sequence[Rule]) -> list[Claim]:
    conditions = [c for s in ruleset.signals for c in s.when]
    conditions += [c for p in ruleset.pools for c in p.applies]
    return [
        *(claim for r in rules for claim in (blocks(r), passed(r))),
        *(Is(c.tree, truth=True) for c in conditions),
    ]


def _places_of(rule: Rule, places: Places) -> set[object]:
    conditions = (*rule.applies, *rule.require)
    return {*(c.place for c in conditions), *(places.of(rule, k) for k in ("applies", "require"))}


def _by_place(found: Finding) -> tuple[object, ...]:
    diagnostic = found.diagnostic
    return diagnostic.place, diagnostic.code, diagnostic.message
