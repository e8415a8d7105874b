"""Blocked candidates with all their reasons, as columns: sentences, and JSON built in the backend.

`reasons` is what the ledger keeps (rule, outcome, numbers of the conditions that did not hold,
facts); `details` is the same for people and programs that have no ruleset at hand, with titles,
sentences, places and remedies written out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from engine.language.ruleset import Ruleset
from engine.language.vocabulary import Vocabulary
from engine.ports import Backend
from engine.screening.columns import Compiler
from engine.screening.facts import INVALID, dated_column, state_column
from engine.screening.inputs import ROW
from engine.screening.reasons import Reason, ReasonMaker
from engine.screening.sentences import MASK

_IDENTITY = (ROW, "candidate_id", "customer_id", "offer_id", "channel", "contact_at")


@dataclass(frozen=True)
class Explainer:
    """Writes the reasons of the blocked.

    `facts` is the wide table, `verdicts` has outcomes, decisions, denials and `allowed` of the
    same rows.
    """

    ruleset: Ruleset
    facts: ir.Table
    verdicts: ir.Table
    compiler: Compiler
    vocabulary: Vocabulary
    zone: str

    def stopped(self) -> ir.Table:
        """The blocked with all that is known of them: verdicts and facts."""
        stopped = self.verdicts.filter(~self.verdicts["allowed"])
        return stopped.join(self.facts.drop(INVALID), ROW)

    def blocked(self, stopped: ir.Table, backend: Backend) -> ir.Table:
        """The blocked, one row each, with the columns:

        `row, candidate_id, customer_id, offer_id, channel, contact_at` (ISO, UTC), `cause, stage,
        moment, pain, rule, reason` (those of the first reason), `reasons, details` (JSON) and
        `number_of_reasons`.

        `stopped` is the table of that name, kept. A row without an id is called by its number.
        """
        reasons = ReasonMaker(
            self.ruleset, stopped, replace(self.compiler, table=stopped), self.vocabulary, self.zone
        ).reasons()
        # What a reason says stands in both forms of it, so it is written down before.
        written = backend.keep("written", self._written(stopped, reasons))
        outcomes = [written[_outcome(r)] for r in reasons]
        columns: dict[str, Any] = {name: written[name] for name in _IDENTITY}
        columns |= {
            "cause": ibis.coalesce(*outcomes),
            "reason": ibis.coalesce(*(written[_sentence(r)] for r in reasons)),
            "reasons": _list([_brief(r, written) for r in reasons]),
            "details": _list([self._full(r, written) for r in reasons]),
            "number_of_reasons": sum(o.notnull().cast("int32") for o in outcomes),
            "first": ibis.cases(*((o.notnull(), i) for i, o in enumerate(outcomes)), else_=-1).cast(
                "int64"
            ),
        }
        return _with_first(written.select(**columns), reasons, backend)

    def _written(self, table: ir.Table, reasons: list[Reason]) -> ir.Table:
        """Who was blocked, and per reason the columns named below, null where it does not hold."""
        identity = table["candidate.candidate_id"]
        columns: dict[str, Any] = {
            ROW: table[ROW],
            "candidate_id": ibis.coalesce(identity, "row " + table[ROW].cast("string")),
            "customer_id": table["candidate.customer_id"],
            "offer_id": table["candidate.offer_id"],
            "channel": table["candidate.channel"],
            "contact_at": self.compiler.dialect.iso(table["candidate.contact_at"]),
        }
        for reason in reasons:
            columns[_outcome(reason)] = ibis.cases((reason.present, reason.cause))
            columns[_sentence(reason)] = ibis.cases((reason.present, reason.sentence))
            if reason.facts:
                facts = ibis.literal(",").join([self._fact(name, table) for name in reason.facts])
                columns[_facts(reason)] = ibis.cases((reason.present, facts))
            if reason.failing:
                columns[_failing(reason)] = ibis.cases((reason.present, _numbers(reason)))
            if reason.given:
                columns[_given(reason)] = ibis.cases((reason.present, _held(reason)))
        return table.select(**columns)

    def _fact(self, name: str, table: ir.Table) -> Any:
        fact, dialect = self.vocabulary[name], self.compiler.dialect
        value = (
            ibis.literal(_json(MASK))
            if fact.pii
            else dialect.json(table[name], fact.type, self.zone)
        )
        column = dated_column(fact.source)
        dated = table[column] if column in table.columns else None
        return dialect.fact(_json(name), value, table[state_column(name)], dated)

    def _full(self, reason: Reason, written: ir.Table) -> Any:
        fixed = {
            "rule": reason.id,
            "title": reason.title,
            "at": reason.place,
            "stage": str(reason.stage),
            "moment": str(reason.moment),
            "pain": reason.pain,
        }
        text = ibis.literal(json.dumps(fixed, ensure_ascii=False)[:-1] + ',"outcome":"')
        sentence = self.compiler.dialect.json_text(written[_sentence(reason)])
        text = text + written[_outcome(reason)] + '","sentence":' + sentence
        if reason.failing:
            texts = ibis.array(
                [f'{{"number":{n},"text":{_json(text)}}}' for n, _, text in reason.failing]
            )
            listed = written[_failing(reason)].map(lambda n: texts[n - 1]).join(",")
            text = text + ',"conditions":[' + listed + "]"
        else:
            text = text + ',"conditions":[]'
        text = text + _tail(reason, written)
        remedy = reason.remedy.get(self.ruleset.languages[0])
        return text + (',"remedy":' + _json(remedy) + "}" if remedy else "}")


def _outcome(reason: Reason) -> str:
    return f"outcome:{reason.id}"


def _sentence(reason: Reason) -> str:
    return f"sentence:{reason.id}"


def _facts(reason: Reason) -> str:
    return f"facts:{reason.id}"


def _failing(reason: Reason) -> str:
    return f"failing:{reason.id}"


def _given(reason: Reason) -> str:
    return f"given:{reason.id}"


def _numbers(reason: Reason) -> Any:
    """The numbers of the conditions that did not hold."""
    marked = [ibis.cases((not_held, n)) for n, not_held, _ in reason.failing]
    return ibis.array(marked).filter(lambda n: n.notnull())


def _held(reason: Reason) -> Any:
    """What a decision built on, as JSON texts separated by commas."""
    return ibis.literal(",").join(
        [ibis.cases((held, _json(words))) for held, words in reason.given]
    )


def _brief(reason: Reason, written: ir.Table) -> Any:
    text = ibis.literal('{"rule":' + _json(reason.id) + ',"outcome":"') + written[_outcome(reason)]
    text = text + '","conditions":['
    if reason.failing:
        text = text + written[_failing(reason)].map(lambda n: n.cast("string")).join(",")
    return text + "]" + _tail(reason, written) + "}"


def _tail(reason: Reason, written: ir.Table) -> Any:
    """The members that both forms end with."""
    text: Any = ibis.literal(',"facts":{')
    if reason.facts:
        text = text + written[_facts(reason)]
    text = text + "}"
    if reason.given:
        text = text + ',"given":[' + written[_given(reason)] + "]"
    return text


def _list(items: list[Any]) -> Any:
    """A JSON list of the items that are not null."""
    return "[" + ibis.literal(",").join(items) + "]"


def _with_first(blocked: ir.Table, reasons: list[Reason], backend: Backend) -> ir.Table:
    """Stage, moment, pain and rule of the first reason, which its number tells."""
    first = backend.load(
        "reasons",
        pa.table(
            {
                "first": pa.array(range(len(reasons)), pa.int64()),
                "stage": [str(r.stage) for r in reasons],
                "moment": [str(r.moment) for r in reasons],
                "pain": [r.pain for r in reasons],
                "rule": [r.id for r in reasons],
            }
        ),
    )
    return blocked.join(first, blocked["first"] == first["first"]).drop("first")


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
