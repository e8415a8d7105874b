"""Rule authors' tests of small rulebooks, tried without any file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager

from adapters.backends.duckdb import DuckDBBackend
from engine.language.cases import Case, read_cases
from engine.language.ruleset import Ruleset
from engine.language.vocabulary import Vocabulary
from engine.screening.bench import Bench
from engine.screening.expected import Mismatch, mismatches
from engine.screening.trial import Trial, try_cases
from tests.support.columns import vocabulary_of
from tests.support.rulebooks import ruleset_of

ZONE = "Europe/Rome"
VOCABULARY = vocabulary_of(
    {
        "candidate.age": "integer",
        "candidate.priority": "integer",
        "candidate.sku": "string",
        "customer.segment": "string",
        "customer.asked_at": "timestamp",
        "stock.available": "integer",
        "register.listed_on": "date",
    }
)
RULES = """\
rules:
  - id: eligibility.adult
    title: Adults only
    owner: tests
    stage: eligibility
    require: candidate.age >= 18
    moment: ZMOT
    pain: wrong-person
    reason: {en: "{candidate.age} is too young"}
  - id: consent.not-listed
    title: Nobody on the register
    owner: tests
    stage: consent
    legal: true
    require: "!has(register.listed_on) || register.listed_on < today - duration(\\"720h\\")"
    moment: ZMOT
    pain: unwanted.do-not-call
    reason: {en: "listed on {register.listed_on}"}
  - id: stock.some-left
    title: There are some
    owner: tests
    stage: stock
    applies: has(candidate.sku)
    require: [stock.available > 0, stock.available < 100]
    moment: FMOT
    pain: withdrawn.out-of-stock
    reason: {en: "{stock.available} left"}
  - id: contact-policy.rested
    title: Some rest
    owner: tests
    stage: contact-policy
    severity: warn
    require: customer.asked_at < now - duration("24h")
    moment: FMOT
    pain: unwanted.fatigue
    reason: {en: "no rest"}
signals:
  - id: customer.is-gold
    when: customer.segment == "gold"
decisions:
  - id: gold-may-be-young
    given: {signal: customer.is-gold}
    waive: eligibility.adult
  - id: two-doubts
    given: {at_least: 2, failed: [contact-policy.rested, eligibility.adult, stock.some-left]}
    block: {stage: data, moment: FMOT, pain: wrong-person, reason: {en: "two doubts"}}
pools:
  - id: stock.units
    title: Never more than there are
    applies: has(candidate.sku)
    per: candidate.sku
    limit: stock.available
    order: candidate.priority desc
    moment: FMOT
    pain: withdrawn.out-of-stock
    reason: {en: "all {stock.available} are spoken for"}
"""
HEAD = """\
as_of: 2026-03-02T10:00:00+01:00
base:
  candidate: {candidate_id: L1, customer_id: C1, age: 40, priority: 5, sku: X1}
  customer: {segment: consumer, asked_at: 2026-02-01T10:00:00+01:00}
  stock: {available: 2}
tests:
"""


def rulebook(text: str = RULES) -> Ruleset:
    """The rulebook of a text over the facts above."""
    return ruleset_of(text, vocabulary=VOCABULARY)


def cases_of(
    tests: str, ruleset: Ruleset, vocabulary: Vocabulary = VOCABULARY, zone: str = ZONE
) -> list[Case]:
    """The tests, which stand below HEAD; a problem in them fails."""
    cases, problems = read_cases("rules/a.test.yaml", HEAD + tests, vocabulary, ruleset, zone)
    assert problems == [], "\n".join(p.render() for p in problems)
    return cases


@contextmanager
def tried(
    tests: str, ruleset: Ruleset | None = None, unseen: Collection[str] = ()
) -> Iterator[Trial]:
    """The trial of tests below HEAD that look at no `unseen` rule, while its backend is open."""
    rules = ruleset or rulebook()
    with closing(DuckDBBackend()) as backend:
        cases = cases_of(tests, rules)
        yield try_cases(Bench(rules, cases, VOCABULARY, ZONE, backend, lambda case: unseen))


def wrong(trial: Trial) -> list[tuple[str, Mismatch]]:
    """What was expected otherwise, with the name of the candidate or the test."""
    return [
        (one.name or case.name, mismatch)
        for (case, one), seen in zip(trial.bench.candidates, trial.seen, strict=True)
        for mismatch in mismatches(trial.bench.ruleset, one.expect, seen)
    ]
