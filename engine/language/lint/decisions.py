"""Decisions that never fire, and signals that nobody listens to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from engine.language.lint.asker import Asker
from engine.language.lint.claims import Firing
from engine.language.lint.findings import Finding, finding
from engine.language.lint.places import Places
from engine.language.ruleset import Decision, Rule, Ruleset


def check_decisions(
    ruleset: Ruleset, rules: Sequence[Rule], asker: Asker, places: Places
) -> Iterator[Finding]:
    """Decisions for which nothing can ever be certain; `rules` are those not over yet."""
    in_force = {r.id: r for r in rules}
    firing = Firing(ruleset, in_force)
    all_rules = {r.id: r for r in ruleset.rules}
    for decision in ruleset.decisions:
        at = places.of(decision, "given")
        question = f"can `{decision.id}` fire?"
        if not asker.impossible(firing.decision(decision), at, question):
            continue
        why = _why(decision, firing, asker, all_rules, in_force)
        certain = decision.waive or decision.propose
        never = "never fires" if certain else "never fires for certain, only on a doubt"
        yield finding(at, "lint-never-fires", f"`{decision.id}` {never}", why)


def _why(
    decision: Decision,
    firing: Firing,
    asker: Asker,
    rules: dict[str, Rule],
    in_force: dict[str, Rule],
) -> str:
    for kind in ("signal", "failed", "passed"):
        for name in getattr(decision.given, kind):
            if not asker.proven_impossible(firing.literal(kind, name)):
                continue
            if kind == "signal":
                return f"nothing can raise the signal `{name}`"
            if rules[name].shadow:
                return f"`{name}` is in shadow mode, and decisions do not see it"
            if name not in in_force:
                return f"`{name}` ended on {rules[name].until or date.max}"
            return f"`{name}` can never have {kind}"
    return "what it waits for can't happen together"


def check_signals(ruleset: Ruleset, places: Places) -> Iterator[Finding]:
    """Signals that no decision waits for."""
    heard = {name for d in ruleset.decisions for name in d.given.signal}
    for signal in ruleset.signals:
        if signal.id not in heard:
            yield finding(
                signal.place,
                "lint-unused-signal",
                f"no decision waits for the signal `{signal.id}`",
                "a signal does nothing by itself: write a decision, or delete it",
            )
    known = {s.id for s in ruleset.signals}
    for decision in ruleset.decisions:
        if decision.signal is not None and decision.signal not in heard | known:
            yield finding(
                places.of(decision, "signal"),
                "lint-unused-signal",
                f"no decision waits for the signal `{decision.signal}`",
                "a signal does nothing by itself: write a decision, or delete it",
            )
