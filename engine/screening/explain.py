"""Blocked candidates with all their reasons, as columns: sentences, and JSON built in the backend.

`reasons` is what the ledger keeps (rule, outcome, numbers of the conditions that did not hold,
facts); `details` is the same for people and programs that have no ruleset at hand, with titles,
sentences, places and remedies written out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.ruleset import Ruleset
from engine.language.vocabulary import Vocabulary
from engine.screening.columns import Compiler
from engine.screening.facts import FactState, dated_column, problem_column, state_column
from engine.screening.inputs import ROW
from engine.screening.reasons import Reason, ReasonMaker
from engine.screening.relations import extended, filtered, joined, selected
from engine.screening.sentences import MASK, spliced

_IDENTITY = (ROW, "candidate_id", "customer_id", "offer_id", "channel", "contact_at")
_FIRST = ("cause", "stage", "moment", "pain", "rule")
_TOLD = {
    "outcome": "string",
    "sentence": "string",
    "facts": "string",
    "failing": "array<int64>",
    "given": "string",
}
"""The kinds of what a reason says, and their types."""


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
        stopped = filtered(self.verdicts, ~self.verdicts["allowed"])
        return joined(
            stopped, (self.facts, lambda mine, theirs: [mine[ROW] == theirs[ROW]]), how="inner"
        )

    @cached_property
    def _reasons(self) -> list[Reason]:
        stopped = self.stopped
        here = replace(self.compiler, table=stopped)
        return ReasonMaker(self.ruleset, stopped, here, self.vocabulary, self.zone).reasons()

    @cached_property
    def firsts(self) -> ir.Table:
        """The blocked with the first of their reasons: its `cause, stage, moment, pain, rule`; and
        `number_of_reasons`, how many there are.
        """
        table = selected(self.stopped, self._numbered())
        count = {"number_of_reasons": table["number_of_reasons"]}
        return selected(table, count | self._first(table))

    @cached_property
    def blocked(self) -> ir.Table:
        """The blocked as they are listed and recorded, one row each.

        Columns: `row, candidate_id, customer_id, offer_id, channel, contact_at` (ISO, UTC),
        `cause, stage, moment, pain, rule` of the first reason, the `reason` of these as a sentence,
        and `reasons` and `details`, which are JSON. A row without an id is called by its number.
        """
        reasons, table = self._reasons, self.stopped
        every = selected(table, self._identity(table) | self._numbered() | self._told(table))
        # What is put together is written once, for any reason by its number: a text for each
        # reason takes longer to plan than to make.
        numbers = ibis.literal(list(range(len(reasons))), type="array<int64>")
        those = numbers.filter(lambda n: every["outcome"][n].notnull())
        held = extended(every, {"held": those, **self._first(every)})
        columns = {name: held[name] for name in (*_IDENTITY, *_FIRST)}
        columns |= {
            "reason": held["sentence"][held["held"][0]],
            "reasons": _list(held["held"].map(lambda n: _brief(reasons, held, n))),
            "details": _list(held["held"].map(lambda n: self._full(reasons, held, n))),
        }
        return selected(held, columns)

    def _identity(self, table: ir.Table) -> dict[str, Any]:
        row, identity = table[ROW], table["candidate.candidate_id"]
        return {
            ROW: row,
            "candidate_id": ibis.coalesce(identity, "row " + row.cast("string")),
            "customer_id": table["candidate.customer_id"],
            "offer_id": table["candidate.offer_id"],
            "channel": table["candidate.channel"],
            "contact_at": self.compiler.dialect.iso(table["candidate.contact_at"]),
        }

    def _told(self, table: ir.Table) -> dict[str, Any]:
        """What the reasons say, each kind as a list in their order, null where one does not hold or
        has nothing of the kind to say.
        """
        names = {name for reason in self._reasons for name in reason.facts}
        facts = {name: self._fact(name, table) for name in sorted(names)}
        told: dict[str, list[Any]] = {kind: [] for kind in _TOLD}
        for reason in self._reasons:
            looked_at = [facts[name] for name in reason.facts]
            said = {
                "sentence": reason.sentence,
                "facts": ibis.literal(",").join(looked_at) if looked_at else None,
                "failing": _numbers(reason) if reason.failing else None,
                "given": _held(reason) if reason.given else None,
            }
            told["outcome"].append(ibis.cases(*_causes(reason)))
            for kind, value in said.items():
                nothing = ibis.null(_TOLD[kind])
                told[kind].append(nothing if value is None else ibis.cases((reason.present, value)))
        return {kind: ibis.array(values) for kind, values in told.items()}

    def _numbered(self) -> dict[str, Any]:
        """How many reasons hold, and the number of the first among all causes there are."""
        present = [reason.present.cast("int32") for reason in self._reasons]
        causes = [present for reason in self._reasons for present, _ in _causes(reason)]
        first = [(present, number) for number, present in enumerate(causes)]
        return {
            "number_of_reasons": reduce(add, present),
            "number": ibis.cases(*first, else_=-1),
        }

    def _first(self, numbered: ir.Table) -> dict[str, Any]:
        """What the cause says that the number tells."""
        told = [
            (word, str(reason.stage), str(reason.moment), reason.pain, reason.id)
            for reason in self._reasons
            for _, word in _causes(reason)
        ]
        return {
            name: self.compiler.dialect.word(words, numbered["number"])
            for name, words in zip(_FIRST, zip(*told, strict=True), strict=True)
        }

    def _fact(self, name: str, table: ir.Table) -> Any:
        fact, dialect = self.vocabulary[name], self.compiler.dialect
        if fact.pii:
            has_value = table[state_column(name)] == FactState.VALUE.value
            value = ibis.cases((has_value, _json(MASK)))
        else:
            value = dialect.json(table[name], fact.type, self.zone)
        dated, problem = (
            table[column] if column in table.columns else None
            for column in (dated_column(fact.source), problem_column(fact.source))
        )
        return dialect.fact(_json(name), value, table[state_column(name)], dated, problem)

    def _full(self, reasons: list[Reason], held: ir.Table, number: Any) -> Any:
        dialect, language = self.compiler.dialect, self.ruleset.languages[0]
        texts = [
            [f'{{"number":{n},"text":{_json(text)}}}' for n, _, text in reason.failing]
            for reason in reasons
        ]
        remedies = [reason.remedy.get(language) for reason in reasons]
        ends = [',"remedy":' + _json(remedy) + "}" if remedy else "}" for remedy in remedies]
        parts = [
            _constant([_head(reason) for reason in reasons])[number],
            held["outcome"][number],
            '","sentence":',
            dialect.json_text(held["sentence"][number]),
            ',"conditions":[',
            dialect.chosen(
                ibis.literal(texts, type="array<array<string>>")[number], held["failing"][number]
            ).join(","),
            *_tail(held, number),
            _constant(ends)[number],
        ]
        return ibis.literal("").join(parts)


def _causes(reason: Reason) -> list[tuple[Any, str]]:
    """Where it is present, as cases with the word for why."""
    doubt = [] if reason.in_doubt is None else [(reason.present & reason.in_doubt, "unknown")]
    return [*doubt, (reason.present, reason.cause)]


def _numbers(reason: Reason) -> Any:
    """The numbers of the conditions that did not hold."""
    if len(reason.failing) == 1:
        # It is a reason only where they did not all hold.
        return ibis.literal([reason.failing[0][0]], type="array<int8>")
    marked = [ibis.cases((not_held, n)) for n, not_held, _ in reason.failing]
    return ibis.array(marked).filter(lambda n: n.notnull())


def _held(reason: Reason) -> Any:
    """What a decision built on, as JSON texts separated by commas."""
    return ibis.literal(",").join(
        [ibis.cases((held, _json(words))) for held, words in reason.given]
    )


def _head(reason: Reason) -> str:
    fixed = {
        "rule": reason.id,
        "title": reason.title,
        "at": reason.place,
        "stage": str(reason.stage),
        "moment": str(reason.moment),
        "pain": reason.pain,
    }
    return json.dumps(fixed, ensure_ascii=False)[:-1] + ',"outcome":"'


def _brief(reasons: list[Reason], held: ir.Table, number: Any) -> Any:
    heads = ['{"rule":' + _json(reason.id) + ',"outcome":"' for reason in reasons]
    parts = [
        _constant(heads)[number],
        held["outcome"][number],
        '","conditions":[',
        held["failing"][number].cast("array<string>").join(","),
        *_tail(held, number),
        "}",
    ]
    return ibis.literal("").join(parts)


def _tail(held: ir.Table, number: Any) -> list[Any]:
    """The members that both forms end with. What is null is left out as they are joined."""
    return [
        '],"facts":{',
        held["facts"][number],
        "}",
        spliced(',"given":[', held["given"][number], "]"),
    ]


def _constant(texts: list[str]) -> Any:
    return ibis.literal(texts, type="array<string>")


def _list(items: Any) -> Any:
    """A JSON list of JSON texts."""
    return ibis.literal("").join(["[", items.join(","), "]"])


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
