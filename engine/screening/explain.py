"""Blocked candidates with all their reasons: sentences, and JSON.

`reasons` is what the ledger keeps (rule, outcome, numbers of the conditions that did not hold,
facts); `details` is the same for people and programs that have no ruleset at hand, with titles,
sentences, places and remedies written out.

A candidate has a few of the reasons there are. So each reason is written for those it blocks, from
columns that the backend made (`engine.screening.seen`), and then they are put in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from engine.language.ruleset import Ruleset
from engine.language.vocabulary import Vocabulary
from engine.screening.columns import Compiler
from engine.screening.held import causes_of, firsts
from engine.screening.inputs import ROW
from engine.screening.judge import decision_column
from engine.screening.parts import parts
from engine.screening.reasons import Reason, reasons_of
from engine.screening.relations import filtered, joined, selected
from engine.screening.seen import seen
from engine.screening.texts import listed, spliced, where, word
from engine.screening.told import Told, told

_IDENTITY = (ROW, "candidate_id", "customer_id", "offer_id", "channel", "contact_at")
_FIRST = ("cause", "stage", "moment", "pain", "rule")


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
    def seen(self) -> ir.Table:
        """The blocked, a row each: what `written` writes from."""
        blocked = filtered(self.verdicts, ~self.verdicts["allowed"])
        table = joined(
            blocked, (self.facts, lambda mine, theirs: [mine[ROW] == theirs[ROW]]), how="inner"
        )
        here = replace(self.compiler, table=table)
        language = self.ruleset.languages[0]
        columns = seen(self.reasons, table, here, self.vocabulary, self.zone, language)
        return selected(table, columns | self._proposing(table) | self._identity(table))

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """All there can be, in their order."""
        return reasons_of(self.ruleset)

    def _proposing(self, table: ir.Table) -> dict[str, Any]:
        """The columns of the decisions that propose an offer."""
        names = [decision_column(d.id) for d in self.ruleset.decisions if d.propose is not None]
        return {name: table[name] for name in names}

    def _proposed(self, batch: pa.RecordBatch) -> pa.Array:
        """The offers proposed instead, each once and sorted, with a bar between them."""
        fired = dict[str, pa.BooleanArray]()
        for decision in self.ruleset.decisions:
            if decision.propose is not None:
                mine = pc.greater(batch.column(decision_column(decision.id)), 0).fill_null(False)
                others = fired.get(decision.propose)
                fired[decision.propose] = mine if others is None else pc.or_(others, mine)
        offers = [where(held, offer) for offer, held in sorted(fired.items())]
        return listed(batch.num_rows, offers, "|")

    def _identity(self, table: ir.Table) -> dict[str, Any]:
        return {
            "candidate_id": called(table),
            "customer_id": table["candidate.customer_id"],
            "offer_id": table["candidate.offer_id"],
            "channel": table["candidate.channel"],
            "contact_at": self.compiler.dialect.iso(table["candidate.contact_at"]),
        }

    def parts(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Rows of `seen` in batches that `written` can take, however many reasons or long facts
        there are.
        """
        return parts(self.reasons, batch, self.ruleset.languages[0])

    def written(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The blocked as they are listed and recorded, of rows of `seen`, in their order.

        Columns: `row, candidate_id, customer_id, offer_id, channel, contact_at` (ISO, UTC),
        `cause, stage, moment, pain, rule` of the first reason, the `reason` of these as a sentence,
        `reasons` and `details`, which are JSON, and the offers `proposed`. A row without an id is
        called by its number.

        Raises ValueError where no reason holds, or one that does has no text: none may get lost.
        """
        number, count = firsts(self.reasons, batch)
        if number.null_count:
            raise ValueError("somebody is blocked for no reason")
        language = self.ruleset.languages[0]
        every = (told(reason, batch, self.vocabulary, language) for reason in self.reasons)
        said = _by_row((one for one in every if one is not None), count)
        columns = {name: batch.column(name) for name in _IDENTITY}
        causes = [
            (cause, str(reason.stage), str(reason.moment), reason.pain, reason.id)
            for cause, reason in causes_of(self.reasons)
        ]
        for name, words in zip(_FIRST, zip(*causes, strict=True), strict=True):
            columns[name] = word(words, number)
        columns["proposed"] = self._proposed(batch)
        return pa.RecordBatch.from_pydict(columns | said)


def called(facts: ir.Table) -> Any:
    """What a row is called wherever it is told of: by its candidate's id, or by its number if it has none."""
    return ibis.coalesce(facts["candidate.candidate_id"], "row " + facts[ROW].cast("string"))


def _by_row(every: Iterable[Told], count: pa.Array) -> dict[str, pa.Array]:
    """Texts by the row whose they are, `count` (1 or more) for each row, in the order given."""
    rows, sentences, brief, full = list[pa.Array](), list[pa.Array](), [], []
    for one in every:
        rows.append(one.rows)
        sentences.append(one.sentence)
        brief.append(one.brief)
        full.append(one.full)
    # Stable, so those of a row stay in their order.
    order = pc.sort_indices(_chained(rows, pa.uint64()))
    ends = pc.cumulative_sum(count)
    offsets = pa.concat_arrays([pa.array([0], ends.type), ends])
    return {
        "reason": _chained(sentences, pa.string()).take(order.take(offsets[:-1])),
        "reasons": _lists(brief, order, offsets),
        "details": _lists(full, order, offsets),
    }


def _lists(arrays: list[pa.Array], order: pa.Array, offsets: pa.Array) -> pa.Array:
    """The arrays' texts as JSON arrays, one for each row; `arrays` is emptied."""
    texts = _chained(arrays, pa.string())
    # Each step makes as much again: what it was made from goes at once.
    arrays.clear()
    if texts.null_count:
        # It would take all the reasons of its row with it.
        raise ValueError("there is a reason that was not written")
    texts = pa.ListArray.from_arrays(offsets, texts.take(order))
    texts = pc.binary_join(texts, ",")
    return spliced(len(texts), "[", texts, "]")


def _chained(arrays: list[pa.Array], kind: pa.DataType) -> pa.Array:
    return pa.concat_arrays([pa.array([], kind), *arrays])
