"""What one reason says to each of those whom it blocks: a sentence, and JSON in two forms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from engine.language.ruleset import Strength
from engine.language.vocabulary import Vocabulary
from engine.screening.facts import FactState, dated_column, problem_column, state_column
from engine.screening.held import held, in_doubt, outcomes
from engine.screening.reasons import Reason
from engine.screening.seen import shown_column, unknown_room_column, unmet_column, written_column
from engine.screening.sentences import not_proven, not_ruled_out, sentence
from engine.screening.texts import json_text, json_texts, listed, spliced, where, word

_STATES = [f',"state":"{state.label}"' for state in FactState]


@dataclass(frozen=True)
class Told:
    """What a reason says, for the rows of a batch that have these numbers, from 0.

    `brief` and `full` are its JSON objects in the ledger's `reasons` and in the blocked list.
    """

    rows: pa.Array
    sentence: pa.Array
    brief: pa.Array
    full: pa.Array


class _Some:
    """Some rows of a batch."""

    def __init__(self, batch: pa.RecordBatch, rows: pa.Array) -> None:
        self._batch, self._rows = batch, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, name: str) -> pa.Array:
        return self._batch.column(name).take(self._rows)

    def get(self, name: str) -> pa.Array | None:
        """The column, None if there is none."""
        return self[name] if self._batch.schema.get_field_index(name) >= 0 else None


def told(
    reason: Reason, batch: pa.RecordBatch, vocabulary: Vocabulary, language: str
) -> Told | None:
    """What the reason says to those of the batch whom it blocks, None if it blocks nobody.

    The batch has the columns of `engine.screening.seen`.
    """
    rows = pc.indices_nonzero(held(reason, batch))
    if not len(rows):
        return None
    here = _Some(batch, rows)
    doubt = in_doubt(reason, here.__getitem__)
    said = _sentence(reason, here, doubt, vocabulary, language)
    outcome, tail = outcomes(reason, doubt), _tail(reason, here, vocabulary)
    numbers = [str(number) for number, _ in enumerate(reason.conditions, 1)]
    texts = [
        f'{{"number":{number},"text":{json_text(condition.text)}}}'
        for number, condition in enumerate(reason.conditions, 1)
    ]
    brief = [f'{{"rule":{json_text(reason.id)},"outcome":"', outcome, '","conditions":[']
    full = [_head(reason), outcome, '","sentence":', json_texts(said), ',"conditions":[']
    remedy = reason.remedy.get(language)
    end = f',"remedy":{json_text(remedy)}}}' if remedy else "}"
    return Told(
        rows,
        said,
        spliced(len(here), *brief, _unmet(reason, here, numbers), tail, "}"),
        spliced(len(here), *full, _unmet(reason, here, texts), tail, end),
    )


def _sentence(
    reason: Reason,
    here: _Some,
    doubt: pa.BooleanArray | None,
    vocabulary: Vocabulary,
    language: str,
) -> pa.Array:
    if not reason.sentence:
        return here[reason.flag]
    template = reason.sentence[language]
    proven = sentence(template, len(here), lambda name: here[shown_column(name)])
    names = reason.facts
    if reason.fired is not None:
        doubt = pc.equal(here[reason.fired], Strength.POSSIBLE.value).fill_null(False)
    elif reason.limit is not None:
        doubt = here[unknown_room_column(reason.id)].fill_null(True)
        names = tuple(sorted({*reason.per, *reason.limit.facts}))
    if doubt is None or not doubt.true_count:
        return proven
    facts = [
        (name, here[state_column(name)], here.get(problem_column(vocabulary[name].source)))
        for name in names
    ]
    if reason.fired is not None:
        return pc.if_else(doubt, not_ruled_out(proven, facts, language), proven)
    return pc.if_else(doubt, not_proven(reason.title, facts, len(here), language), proven)


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


def _unmet(reason: Reason, here: _Some, texts: list[str]) -> pa.Array | str:
    """The texts of the conditions that did not hold, separated by commas."""
    if len(texts) < 2:
        # It is a reason only where they did not all hold.
        return "".join(texts)
    marked = [
        where(here[unmet_column(reason.id, number)], text) for number, text in enumerate(texts, 1)
    ]
    return listed(len(here), marked, ",")


def _tail(reason: Reason, here: _Some, vocabulary: Vocabulary) -> pa.Array:
    """The members that both forms end with."""
    facts = [_fact(name, here, vocabulary[name].source) for name in reason.recorded]
    parts = ['],"facts":{', listed(len(here), facts, ","), "}"]
    if reason.given:
        parts += [',"given":[', _given(reason, here), "]"]
    return spliced(len(here), *parts)


def _fact(name: str, here: _Some, source: str) -> pa.Array:
    """`"name":{"value":…,"state":"…","problem":"…","as_of":…}`, the last two where there is one."""
    rows = len(here)
    parts = [
        f'{json_text(name)}:{{"value":',
        here[written_column(name)].fill_null("null"),
        word(_STATES, here[state_column(name)]),
    ]
    problem, dated = here.get(problem_column(source)), here.get(dated_column(source))
    if problem is not None:
        parts.append(spliced(rows, ',"problem":', json_texts(problem)))
    if dated is not None:
        parts.append(spliced(rows, ',"as_of":', dated))
    return listed(rows, [*parts, "}"], "")


def _given(reason: Reason, here: _Some) -> pa.Array:
    """What a decision built on, as JSON texts separated by commas."""
    fired = pc.greater(here[str(reason.fired)], 0)
    parts: list[Any] = []
    for given in reason.given:
        found = here.get(given.column)
        if found is not None:
            mine = pc.and_kleene(fired, pc.equal(found, given.code)).fill_null(False)
            parts.append(where(mine, json_text(given.words)))
    return listed(len(here), parts, ",")
