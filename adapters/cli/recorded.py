"""Prevented moments of the ledger in words, by the very rules and configuration of their run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from adapters.cli.explained import old
from adapters.config.load import ruleset_of_texts
from adapters.ledger.store import Ledger
from engine.diagnostics import LedgerBroken, RefusedDocuments
from engine.ledger.moment import Moment
from engine.ledger.run import RunRecord
from engine.screening.put_in import put_in
from engine.screening.reasons import Reason, reasons_of
from engine.screening.seen import MASK

_PLAIN = (
    "seq",
    "run_id",
    "candidate_id",
    "customer_id",
    "offer_id",
    "channel",
    "contact_at",
    "cause",
    "stage",
    "moment",
    "pain",
    "rule",
    "reason",
)


@contextmanager
def as_recorded() -> Iterator[None]:
    """Says of a row that cannot be shown since it was changed that this is so."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise LedgerBroken(
            "the ledger holds something upfront never wrote, and can't be shown",
            "`upfront audit verify` tells what was changed",
        ) from error


def recorded_moment(ledger: Ledger, moment: Moment) -> dict[str, Any]:
    """A moment with titles, places, conditions and remedies put in from its run's own rulebook.

    Keys: the stored columns, `erased`, `leaf`, and `reasons` [{rule, outcome, conditions, facts,
    title, at, texts, put_in (the texts with the values put in), remedy}], each fact with its
    `age_seconds` at the run's clock; reasons are None after an erasure. `sources` says what each
    source of the run was; None where the ledger did not keep it yet.
    """
    run = ledger.find_run(moment.run_id)
    texts = ledger.ruleset(run.texts_digest) if run else None
    known = _known(texts or {})
    reasons = json.loads(moment.reasons) if moment.reasons else None
    for reason in reasons or []:
        told = known.get(reason["rule"])
        if told is not None:
            reason["title"] = told.title
            reason["at"] = told.place
            reason["texts"] = [told.conditions[n - 1].text for n in reason["conditions"]]
            reason["remedy"] = dict(told.remedy)
            values = {name: _written(fact) for name, fact in reason["facts"].items()}
            reason["put_in"] = [put_in(text, values) for text in reason["texts"]]
        for fact in reason["facts"].values():
            fact["age_seconds"] = _age(fact, run)
    return {
        **{name: getattr(moment, name) for name in _PLAIN},
        "erased": moment.erased,
        "reasons": reasons,
        "leaf": moment.leaf,
        "sources": run.sources if run else None,
    }


def _written(fact: dict[str, Any]) -> str:
    """A recorded fact as it would be written in a condition, or what it is instead of a value."""
    if fact["state"] != "value":
        return f"‹{fact['state']}›"
    value = fact["value"]
    return MASK if value == MASK else json.dumps(value, ensure_ascii=False)


def _age(fact: dict[str, Any], run: RunRecord | None) -> int | None:
    """How old the fact was at the clock of its run, in seconds."""
    if run is None or not fact.get("as_of"):
        return None
    then, now = (datetime.fromisoformat(moment) for moment in (fact["as_of"], run.as_of))
    return round((now - then).total_seconds())


def _known(texts: dict[str, str]) -> dict[str, Reason]:
    """The reasons that stored texts can give; none where this version of the program can't read them."""
    try:
        return {reason.id: reason for reason in reasons_of(ruleset_of_texts(texts))}
    except RefusedDocuments:
        return {}


def print_moment(moment: dict[str, Any], out: Console) -> None:
    """A moment for the eyes."""
    out.print(Text.assemble((f"moment {moment['seq']:,}", "bold"), f" of run {moment['run_id']}"))
    if moment["erased"]:
        out.print(Text("  erased: what told of a person is gone; the proof stands"))
    for name in _PLAIN[2:]:
        value = moment[name]
        out.print(Text(f"  {name:<13}{'—' if value is None else value}"))
    for reason in moment["reasons"] or []:
        title = f": {reason['title']}" if "title" in reason else ""
        out.print(Text(f"  {reason['outcome']}: {reason['rule']}{title}", style="bold"))
        if reason.get("at"):
            out.print(Text(f"    at {reason['at']} (as the rules were then)", style="dim"))
        for pair in zip(reason.get("texts", []), reason.get("put_in", []), strict=True):
            text, values = (" ".join(written.split()) for written in pair)
            out.print(Text(f"    did not hold: {text}   →   {values}"))
        for words in reason.get("given", []):
            out.print(Text(f"    because {words}"))
        for name, fact in reason["facts"].items():
            value = "—" if fact["value"] is None else _plain(fact["value"])
            state = "" if fact["state"] == "value" else f" ({fact['state']})"
            dated = f", as of {fact['as_of']} ({_aged(fact)})" if fact.get("as_of") else ""
            out.print(Text(f"    {name} = {value}{state}{dated}"))
    for name, source in sorted((moment["sources"] or {}).items()):
        dated = f", as of {source['as_of']}" if source["as_of"] else ""
        failed = f": {source['failure']}" if source["failure"] else ""
        out.print(Text(f"  source {name}: {source['rows']:,} rows{dated}{failed}", style="dim"))
    out.print(Text(f"  leaf         {moment['leaf']}", style="dim"))


def _aged(fact: dict[str, Any]) -> str:
    seconds = fact["age_seconds"]
    return f"{old(seconds)} old" if seconds is not None and seconds >= 0 else old(seconds)


def _plain(value: object) -> str:
    """A JSON value as it is written in rules; a text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
