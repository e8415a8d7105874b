"""What a test expects against what its candidate showed."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from engine.language.case_documents import Expectation
from engine.language.ruleset import Outcome, Ruleset, Stage
from engine.screening.allocate import DUPLICATE
from engine.screening.trial import Seen

REASONS = ("failed", "unknown", "decision", "no_room")
_CAUSES = {"failed": "failed", "unknown": "unknown", "decision": "decision", "no_room": "no-room"}
_STAGES = tuple(Stage)
WORDS = {
    Outcome.NOT_APPLICABLE: "not-applicable",
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
    Outcome.PASSED_IF_IT_APPLIES: "passed",
}
"""Outcomes as tests say them."""


@dataclass(frozen=True)
class Mismatch:
    """One thing that a test expected otherwise; `parts` are the ids it turns on."""

    what: str
    expected: str | tuple[str, ...]
    found: str | tuple[str, ...]
    parts: tuple[str, ...] = ()


def mismatches(ruleset: Ruleset, expect: Expectation, seen: Seen) -> Iterator[Mismatch]:
    """Everything that is not as expected; nothing where the test passes."""
    found = _found(ruleset, seen)
    reasons = {key: sorted(found[key]) for key in REASONS if found[key]}
    why = tuple(sorted(seen.reasons))
    verdict = "allowed" if seen.allowed else "blocked"
    if expect.verdict is not None and expect.verdict != verdict:
        spoken = "; ".join(f"{key}: {', '.join(ids)}" for key, ids in reasons.items())
        told = verdict + (f" ({spoken})" if spoken else "")
        yield Mismatch("verdict", expect.verdict, told, why)
    if expect.cause is not None and expect.cause != (cause := _cause(ruleset, seen)):
        yield Mismatch("cause", expect.cause, cause or "none", why)
    exactly = any(getattr(expect, key) is not None for key in REASONS)
    for key in (*REASONS, "waived", "proposed", "warned"):
        wanted = getattr(expect, key)
        if wanted is None and not (exactly and key in REASONS):
            continue
        if set(wanted or ()) != found[key]:
            parts = tuple(sorted(set(wanted or ()) ^ found[key])) if key != "proposed" else ()
            yield Mismatch(key, tuple(sorted(wanted or ())), tuple(sorted(found[key])), parts)
    yield from _by_id(expect, seen)


def _by_id(expect: Expectation, seen: Seen) -> Iterator[Mismatch]:
    outcomes: list[tuple[str, str]] = [
        *((rule, "passed") for rule in expect.passed or ()),
        *((rule, "not-applicable") for rule in expect.not_applicable or ()),
        *(expect.outcome or {}).items(),
    ]
    for rule, word in outcomes:
        found = WORDS[seen.outcomes[rule]]
        if found != word:
            yield Mismatch(rule, word, found, (rule,))
    for part, sentence in (expect.says or {}).items():
        told = seen.says.get(part)
        if told is None:
            yield Mismatch(f"{part} says", sentence, "it is no reason", (part,))
        elif told != sentence:
            yield Mismatch(f"{part} says", sentence, told)


def _found(ruleset: Ruleset, seen: Seen) -> dict[str, Set[str]]:
    """What the lists of an expectation are compared with."""
    doubtful = (Outcome.FAILED, Outcome.UNKNOWN)
    outcomes = seen.outcomes
    doubts = {r for r, outcome in outcomes.items() if outcome in doubtful}
    pools = {DUPLICATE, *(p.id for p in ruleset.pools)}
    return {
        "failed": {r for r in seen.reasons if outcomes.get(r) is Outcome.FAILED},
        "unknown": {r for r in seen.reasons if outcomes.get(r) is Outcome.UNKNOWN},
        "decision": {d.id for d in ruleset.decisions if d.id in seen.reasons},
        "no_room": seen.reasons & pools,
        "waived": seen.waived & doubts,
        "proposed": {d.propose for d in ruleset.decisions if d.propose and seen.fired[d.id]},
        "warned": {r.id for r in ruleset.rules if r.warn} & doubts,
    }


def _cause(ruleset: Ruleset, seen: Seen) -> str:
    """The cause of the first reason, by stage and then by id; empty for an allowed candidate."""
    stages = {r.id: r.stage for r in ruleset.rules}
    stages |= {d.id: d.block.stage for d in ruleset.decisions if d.block is not None}
    stages |= {p.id: p.stage for p in ruleset.pools}
    stages[DUPLICATE] = Stage.CONTACT_POLICY
    ordered = sorted(seen.reasons, key=lambda part: (_STAGES.index(stages[part]), part))
    if not ordered:
        return ""
    if ordered[0] == DUPLICATE:
        return "duplicate"
    found = _found(ruleset, seen)
    return next(word for key, word in _CAUSES.items() if ordered[0] in found[key])
