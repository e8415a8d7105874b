"""Blocked candidates with all their reasons, as columns: sentences, and JSON built in the backend.

`reasons` is what the ledger keeps (rule, outcome, numbers of the conditions that did not hold,
facts); `details` is the same for people and programs that have no ruleset at hand, with titles,
sentences, places and remedies written out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from engine.language.ruleset import Ruleset
from engine.language.vocabulary import Vocabulary
from engine.ports import Backend
from engine.screening.columns import Compiler
from engine.screening.facts import INVALID, dated_column, problem_column, state_column
from engine.screening.inputs import ROW
from engine.screening.reasons import Reason, ReasonMaker
from engine.screening.sentences import MASK, spliced

_IDENTITY = (ROW, "candidate_id", "customer_id", "offer_id", "channel", "contact_at")
_FIRST = ("stage", "moment", "pain", "rule")


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

    @cached_property
    def stopped(self) -> ir.Table:
        """The blocked with all that is known of them: verdicts and facts."""
        stopped = self.verdicts.filter(~self.verdicts["allowed"])
        return stopped.join(self.facts.drop(INVALID), ROW)

    @cached_property
    def _reasons(self) -> list[Reason]:
        stopped = self.stopped
        here = replace(self.compiler, table=stopped)
        return ReasonMaker(self.ruleset, stopped, here, self.vocabulary, self.zone).reasons()

    def written(self, backend: Backend) -> ir.Table:
        """What the reasons of each blocked row say, worked out once for both of their forms.

        One row each, with the columns `row, candidate_id, customer_id, offer_id, channel,
        contact_at` (ISO, UTC), `cause, stage, moment, pain, rule` (of the first reason),
        `number_of_reasons`, and per reason the columns named below, null where it does not hold.
        A row without an id is called by its number.
        """
        return backend.keep("written", _with_first(self._written(), self._reasons, backend))

    def blocked(self, written: ir.Table) -> ir.Table:
        """The blocked as they are listed and recorded, one row each.

        Columns: `row, candidate_id, customer_id, offer_id, channel, contact_at, cause, stage,
        moment, pain, rule`, the `reason` of these as a sentence, and `reasons` and `details`,
        which are JSON.
        """
        reasons = self._reasons
        columns: dict[str, Any] = {name: written[name] for name in (*_IDENTITY, "cause", *_FIRST)}
        columns |= {
            "reason": ibis.coalesce(*(written[_sentence(r)] for r in reasons)),
            "reasons": _list([_brief(r, written) for r in reasons]),
            "details": _list([self._full(r, written) for r in reasons]),
        }
        return written.select(**columns)

    def _written(self) -> ir.Table:
        table, reasons = self.stopped, self._reasons
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
        written = table.select(**columns)
        outcomes = [written[_outcome(r)] for r in reasons]
        numbered = ((o.notnull(), number) for number, o in enumerate(outcomes))
        return written.mutate(
            cause=ibis.coalesce(*outcomes),
            number_of_reasons=sum(o.notnull().cast("int32") for o in outcomes),
            first=ibis.cases(*numbered, else_=-1).cast("int64"),
        )

    def _fact(self, name: str, table: ir.Table) -> Any:
        fact, dialect = self.vocabulary[name], self.compiler.dialect
        value = (
            ibis.literal(_json(MASK))
            if fact.pii
            else dialect.json(table[name], fact.type, self.zone)
        )
        dated, problem = (
            table[column] if column in table.columns else None
            for column in (dated_column(fact.source), problem_column(fact.source))
        )
        return dialect.fact(_json(name), value, table[state_column(name)], dated, problem)

    def _full(self, reason: Reason, written: ir.Table) -> Any:
        fixed = {
            "rule": reason.id,
            "title": reason.title,
            "at": reason.place,
            "stage": str(reason.stage),
            "moment": str(reason.moment),
            "pain": reason.pain,
        }
        conditions: Any = ""
        if reason.failing:
            texts = [f'{{"number":{n},"text":{_json(text)}}}' for n, _, text in reason.failing]
            every = ibis.literal(texts, type="array<string>")
            conditions = written[_failing(reason)].map(lambda n: every[n - 1]).join(",")
        remedy = reason.remedy.get(self.ruleset.languages[0])
        return spliced(
            json.dumps(fixed, ensure_ascii=False)[:-1] + ',"outcome":"',
            written[_outcome(reason)],
            '","sentence":',
            self.compiler.dialect.json_text(written[_sentence(reason)]),
            ',"conditions":[',
            conditions,
            "]",
            *_tail(reason, written),
            ',"remedy":' + _json(remedy) + "}" if remedy else "}",
        )


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
    conditions: Any = ""
    if reason.failing:
        conditions = written[_failing(reason)].map(lambda n: n.cast("string")).join(",")
    return spliced(
        '{"rule":' + _json(reason.id) + ',"outcome":"',
        written[_outcome(reason)],
        '","conditions":[',
        conditions,
        "]",
        *_tail(reason, written),
        "}",
    )


def _tail(reason: Reason, written: ir.Table) -> list[Any]:
    """The members that both forms end with."""
    parts = [',"facts":{', written[_facts(reason)] if reason.facts else "", "}"]
    if reason.given:
        parts += [',"given":[', written[_given(reason)], "]"]
    return parts


def _list(items: list[Any]) -> Any:
    """A JSON list of the items that are not null."""
    return spliced("[", ibis.literal(",").join(items), "]")


def _with_first(written: ir.Table, reasons: list[Reason], backend: Backend) -> ir.Table:
    """Stage, moment, pain and rule of the first reason, which its number tells."""
    told = [(str(r.stage), str(r.moment), r.pain, r.id) for r in reasons]
    columns = dict(zip(_FIRST, zip(*told, strict=True), strict=True))
    table = pa.table({"first": pa.arange(0, len(told)), **columns})
    first = backend.load("reasons", table)
    return written.join(first, written["first"] == first["first"]).drop("first")


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
