"""The oracle: one list screened row after row, in plain Python, sharing no code with the engine.

`screen` takes files, `screen_job` takes tables. Both return one dict per row of the list:

    {"row": 1, "candidate_id": "L1", "verdict": "allowed" | "blocked", "cause": "failed" | … | None,
     "outcomes": {rule: "passed" | "failed" | "unknown" | "not-applicable"},
     "signals": {signal: "certain" | "possible" | "no"},
     "waived": [rules that failed or are unknown, and were waived],
     "proposed": [offer codes], "reasons": [(id, cause, (numbers of conditions…)), …],
     "granted": [pools]}

For an invalid row there are no outcomes and no signals, and the one reason is `invalid`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, TypeAlias

from tests.oracle.decide import STRENGTH, Decided, decide, own_strength
from tests.oracle.gather import Candidate, gather
from tests.oracle.places import DUPLICATE, Places, allocate
from tests.oracle.rulebook import STAGES, Clock, Rulebook, rulebook
from tests.oracle.states import Fact
from tests.oracle.tables import Job, read_job

Verdict: TypeAlias = dict[str, Any]
Reason: TypeAlias = tuple[str, str, tuple[int, ...]]

# The design gives the built-in pool no stage; it says «once is enough», as a contact policy does.
DUPLICATE_STAGE = "contact-policy"


def screen(
    config: Path, candidates: Path, as_of: datetime, failed: frozenset[str] = frozenset()
) -> list[Verdict]:
    """Screen the list at `candidates` with config.yaml at `config`, as of an aware moment.

    `failed` names sources to be taken as unreadable.
    """
    return screen_job(read_job(config, candidates, as_of, failed))


def screen_job(job: Job) -> list[Verdict]:
    """Screen tables that are already in memory; rows come back in the list's order."""
    book = rulebook(job.documents, clock_of(job))
    candidates = gather(job)
    decider = _Decider(book)
    verdicts = [_verdict(book, decider, c) if c.valid else _invalid(c) for c in candidates]
    queueing = [c for c, v in zip(candidates, verdicts, strict=True) if not v["reasons"]]
    stages = {p.id: p.stage for p in book.pools} | {DUPLICATE: DUPLICATE_STAGE}
    places = allocate(book, queueing)
    for verdict in verdicts:
        if verdict["row"] in places:
            _add_places(verdict, places[verdict["row"]], stages)
    return verdicts


def clock_of(job: Job) -> Clock:
    """What `now`, `today` and «the run's day» are for a job."""
    day = job.as_of.astimezone(job.zone).date()
    midnight = datetime.combine(day, time(), tzinfo=job.zone)
    return Clock(job.as_of.astimezone(UTC), midnight.astimezone(UTC), day)


class _Decider:
    """Decisions see outcomes and strengths only, so one answer serves all candidates alike."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.known: dict[tuple[object, ...], Decided] = {}

    def __call__(self, outcomes: Mapping[str, str], signals: Mapping[str, int]) -> Decided:
        key = (*outcomes.values(), *signals.values())
        if key not in self.known:
            self.known[key] = decide(self.book, outcomes, signals)
        return self.known[key]


def _verdict(book: Rulebook, decider: _Decider, candidate: Candidate) -> Verdict:
    facts = candidate.facts
    outcomes = {r.id: r.outcome(facts) for r in book.rules}
    own = {
        name: own_strength(None if when is None else [c.holds(facts) for c in when])
        for name, when in book.signals.items()
    }
    decided = decider(outcomes, own)
    reasons = _reasons(book, outcomes, decided, facts)
    return {
        "row": candidate.row,
        "candidate_id": candidate.candidate_id,
        "verdict": "blocked" if reasons else "allowed",
        "cause": reasons[0][1] if reasons else None,
        "outcomes": {r: "passed" if o.startswith("passed") else o for r, o in outcomes.items()},
        "signals": {name: STRENGTH[strength] for name, strength in decided.signals.items()},
        "waived": sorted(r for r in decided.waived if outcomes[r] in ("failed", "unknown")),
        "proposed": sorted(decided.proposed),
        "reasons": reasons,
        "granted": [],
    }


def _reasons(
    book: Rulebook, outcomes: Mapping[str, str], decided: Decided, facts: Mapping[str, Fact]
) -> list[Reason]:
    found: list[tuple[int, Reason]] = []
    for rule in book.rules:
        outcome = outcomes[rule.id]
        counts = outcome == "failed" or (outcome == "unknown" and rule.blocks_unknown)
        if rule.can_block and counts and rule.id not in decided.waived:
            reason = (rule.id, outcome, rule.not_holding(facts))
            found.append((STAGES.index(rule.stage), reason))
    found.extend(
        (STAGES.index(decision.block_stage), (decision.id, "decision", ()))
        for decision in book.decisions
        if decision.block_stage is not None and decision.id in decided.blocking
    )
    return [reason for _, reason in sorted(found)]


def _invalid(candidate: Candidate) -> Verdict:
    return {
        "row": candidate.row,
        "candidate_id": candidate.candidate_id,
        "verdict": "blocked",
        "cause": "invalid",
        "outcomes": {},
        "signals": {},
        "waived": [],
        "proposed": [],
        "reasons": [("invalid", "invalid", ())],
        "granted": [],
    }


def _add_places(verdict: Verdict, places: Places, stages: Mapping[str, str]) -> None:
    verdict["granted"] = places.granted
    reasons: list[Reason] = [
        (pool, "duplicate" if pool == DUPLICATE else "no-room", ())
        for pool in sorted(places.denied, key=lambda p: (STAGES.index(stages[p]), p))
    ]
    verdict["reasons"] = reasons
    if reasons:
        verdict["verdict"], verdict["cause"] = "blocked", reasons[0][1]
