"""Hypothesis strategies: whole rulebooks, as the dicts that a rule file holds.

Every document is valid by section 4 of the design: required keys are there, ids are unique,
decisions name rules and signals that exist, no legal rule is waived, no signal leads back to
itself, pools share one order.
"""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.support.strategies import conditions, expressions
from tests.support.strategies_draws import dice, one_in, pick, some
from tests.support.strategies_writer import Vocabulary

Rulebook: TypeAlias = dict[str, list[dict[str, Any]]]
"""The four lists of a rule file: rules, signals, decisions, pools."""

STAGES = ("eligibility", "consent", "contact-policy", "stock", "feasibility", "price", "data")
MOMENTS = ("ZMOT", "FMOT", "SMOT", "AMOT", "LMOT")
PAINS = ("withdrawn.out-of-stock", "unwanted.fatigue", "wrong-person", "pointless.already-owned")

_KNOWN = (
    'candidate.channel == "call"',
    'candidate.offer_id.startsWith("F")',
    'candidate.contact_at < today + duration("24h")',
    'candidate.customer_id in ["C1", "C2"]',
    "has(candidate.channel)",
)
"""Conditions on the built-in facts, which every candidate has."""

_ALWAYS = ("candidate.customer_id", "candidate.offer_id", "candidate.channel")
_SENTENCE = {"en": "Not this contact"}


@st.composite
def rulebooks(draw: st.DrawFn, vocabulary: Vocabulary, *, fail_closed: bool = False) -> Rulebook:
    """Up to five rules, three signals, four decisions and three pools over these facts.

    With `fail_closed` no rule says `on_unknown: allow`, as promise 1 presumes.
    """
    rules = [
        _rule(draw, vocabulary, number, fail_closed=fail_closed) for number in range(dice(draw, 6))
    ]
    signals = [_signal(draw, vocabulary, number) for number in range(dice(draw, 4))]
    decisions: list[dict[str, Any]] = []
    if rules or signals:
        count = pick(draw, (0, 1, 2, 3, 4, 4))
        decisions = [_decision(draw, rules, signals, number) for number in range(count)]
    order = _order(draw, vocabulary)
    count = pick(draw, (0, 1, 1, 2, 2, 3))
    pools = [_pool(draw, vocabulary, order, number) for number in range(count)]
    return {"rules": rules, "signals": signals, "decisions": decisions, "pools": pools}


def _rule(
    draw: st.DrawFn, vocabulary: Vocabulary, number: int, *, fail_closed: bool
) -> dict[str, Any]:
    rule: dict[str, Any] = _block(draw)
    rule["id"] = f"{rule['stage']}.rule-{number}"
    rule["title"] = f"Rule {number}"
    rule["owner"] = "marketing"
    rule["require"] = _several(draw, [_lenient(draw, vocabulary) for _ in range(_few(draw))])
    if one_in(draw, 2):
        rule["applies"] = _several(draw, [_plain(draw, vocabulary) for _ in range(_few(draw))])
    if one_in(draw, 8):
        rule["severity"] = "warn"
    if one_in(draw, 10):
        rule["mode"] = "shadow"
    if one_in(draw, 6):
        rule["legal"] = True
    elif not fail_closed and one_in(draw, 6):
        rule["on_unknown"] = "allow"
    # The run is on 2026-03-02; both dates are included.
    if one_in(draw, 12):
        rule["from"] = pick(draw, (date(2026, 1, 1), date(2026, 3, 2), date(2026, 3, 3)))
    if one_in(draw, 12):
        until = pick(draw, (date(2026, 12, 31), date(2026, 3, 2), date(2026, 3, 1)))
        rule["until"] = max(until, rule.get("from", until))
    return rule


def _block(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "stage": pick(draw, STAGES),
        "moment": pick(draw, MOMENTS),
        "pain": pick(draw, PAINS),
        "reason": dict(_SENTENCE),
    }


def _plain(draw: st.DrawFn, vocabulary: Vocabulary) -> str:
    if one_in(draw, 3):
        return pick(draw, _KNOWN)
    return draw(conditions(vocabulary, 1))


def _lenient(draw: st.DrawFn, vocabulary: Vocabulary) -> str:
    """A condition that holds more often than not, or nobody would ever queue for a pool."""
    text = draw(conditions(vocabulary, dice(draw, 3)))
    match dice(draw, 8):
        case 0 | 1:
            return f"({text}) || {_guard(draw, vocabulary)}"
        case 2 | 3 | 4:
            return f"({text}) || {_guard(draw, vocabulary)} || {_guard(draw, vocabulary)}"
        case 5:
            return f"{_guard(draw, vocabulary)} ? true : ({text})"
        case 6:
            return pick(draw, _KNOWN)
    return text


def _guard(draw: st.DrawFn, vocabulary: Vocabulary) -> str:
    match dice(draw, 6):
        case 0:
            return f"has({pick(draw, sorted(vocabulary))})"
        case 1:
            return f"!has({pick(draw, sorted(vocabulary))})"
        case 2:
            return f"({draw(conditions(vocabulary, 0))})"
    return pick(draw, _KNOWN)


def _signal(draw: st.DrawFn, vocabulary: Vocabulary, number: int) -> dict[str, Any]:
    signal: dict[str, Any] = {"id": f"signal-{number}"}
    if dice(draw, 5):
        signal["when"] = _several(draw, [_plain(draw, vocabulary) for _ in range(_few(draw))])
    return signal


def _decision(
    draw: st.DrawFn, rules: list[dict[str, Any]], signals: list[dict[str, Any]], number: int
) -> dict[str, Any]:
    names = [s["id"] for s in signals]
    given = _given(draw, [r["id"] for r in rules], names)
    decision: dict[str, Any] = {"id": f"decision-{number}", "given": given}
    waivable = [r["id"] for r in rules if not r.get("legal")]
    kinds = ["block", "propose"] + 3 * ["waive"] * bool(waivable) + 2 * ["signal"] * bool(names)
    match pick(draw, kinds):
        case "block":
            decision["block"] = _block(draw)
        case "propose":
            decision["propose"] = pick(draw, ("FIBRE-BASIC", "SIM-ONLY"))
        case "waive":
            decision["waive"] = some(draw, waivable, 1, 3)
        case "signal":
            # Signals raise later ones only, or new ones: they may not lead back to themselves.
            waited = given.get("signal", [])
            waited = [waited] if isinstance(waited, str) else waited
            later = names[max((names.index(n) for n in waited), default=-1) + 1 :]
            decision["signal"] = pick(draw, later or [f"signal-of-decision-{number}"])
    return decision


def _given(draw: st.DrawFn, rules: list[str], signals: list[str]) -> dict[str, Any]:
    literals = [
        *(("signal", name) for name in signals for _ in range(2)),
        *((kind, name) for name in rules for kind in ("failed", "passed")),
    ]
    given: dict[str, Any] = {}
    chosen = set(some(draw, literals, 1, 3))
    for kind, name in sorted(chosen):
        given.setdefault(kind, []).append(name)
    given = {kind: names[0] if len(names) == 1 else names for kind, names in given.items()}
    if one_in(draw, 3):
        given["at_least"] = 1 + dice(draw, len(chosen))
    return given


def _order(draw: st.DrawFn, vocabulary: Vocabulary) -> str | list[str] | None:
    """The one order that all pools share; None leaves the queue to the ids."""
    if one_in(draw, 6):
        return None
    keys = []
    for _ in range(1 + dice(draw, 2)):
        kind = pick(draw, ("int", "int", "double", "string", "timestamp"))
        text = draw(expressions(vocabulary, kind, dice(draw, 2)))
        keys.append(f"{text} {pick(draw, ('asc', 'desc'))}")
    return keys[0] if len(keys) == 1 else keys


def _pool(
    draw: st.DrawFn, vocabulary: Vocabulary, order: str | list[str] | None, number: int
) -> dict[str, Any]:
    pool = _block(draw)
    pool["id"] = f"{pool['stage']}.pool-{number}"
    pool["title"] = f"Pool {number}"
    pool["owner"] = "marketing"
    others = [
        n for n, kind in vocabulary.items() if kind in ("string", "integer", "boolean", "date")
    ]
    per = {pick(draw, pick(draw, (_ALWAYS, _ALWAYS, others))) for _ in range(_few(draw))}
    pool["per"] = _several(draw, sorted(per))
    pool["limit"] = pick(draw, (1, 1, 2, 2, 3, 0))
    if one_in(draw, 3):
        pool["limit"] = draw(expressions(vocabulary, "int", dice(draw, 2)))
    if order is not None:
        pool["order"] = order
    if one_in(draw, 4):
        pool["applies"] = _plain(draw, vocabulary)
    if one_in(draw, 5):
        # No limit in use makes P(more yes than units) equal to one of these risks exactly.
        pool["take_up"] = pick(draw, (0.12, 0.3, 0.55))
        pool["risk"] = pick(draw, (0.001, 0.05, 0.2))
    return pool


def _few(draw: st.DrawFn) -> int:
    return 1 + one_in(draw, 3)


def _several(draw: st.DrawFn, texts: list[str]) -> str | list[str]:
    """One text alone or as a list of one, as both are allowed; more than one as a list."""
    return texts[0] if len(texts) == 1 and one_in(draw, 2) else texts
