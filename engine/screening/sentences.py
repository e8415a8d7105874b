"""Reasons as sentences: a marketer's template with the facts put in, or why nothing was proven."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.vocabulary import Vocabulary
from engine.ports import Dialect
from engine.screening.facts import FactState, problem_column, state_column

MASK = "***"
"""What stands where a fact marked `pii` would."""
NOTHING = "—"
"""What stands in a sentence where a fact has no value."""

_NOT_PROVEN = {
    "en": ("Could not be checked: {title}", "{fact} is {state}", "unknown"),
    "it": ("Non verificabile: {title}", "{fact}: {state}", "sconosciuto"),
    "es": ("No se pudo comprobar: {title}", "{fact}: {state}", "desconocido"),
    "ca": ("No s'ha pogut comprovar: {title}", "{fact}: {state}", "desconegut"),
}
_STATES = {
    "en": {
        FactState.ABSENT: "missing",
        FactState.KEY_MISSING: "unknown (nothing to look it up by)",
        FactState.STALE: "unknown (too old)",
        FactState.SOURCE_FAILED: "unknown (the source could not be read)",
        FactState.UNREADABLE: "unknown (unreadable)",
        FactState.FROM_THE_FUTURE: "unknown (dated in the future)",
    },
    "it": {
        FactState.ABSENT: "manca",
        FactState.KEY_MISSING: "sconosciuto (manca la chiave)",
        FactState.STALE: "sconosciuto (troppo vecchio)",
        FactState.SOURCE_FAILED: "sconosciuto (fonte non leggibile)",
        FactState.UNREADABLE: "sconosciuto (illeggibile)",
        FactState.FROM_THE_FUTURE: "sconosciuto (data nel futuro)",
    },
    "es": {
        FactState.ABSENT: "falta",
        FactState.KEY_MISSING: "desconocido (falta la clave)",
        FactState.STALE: "desconocido (demasiado antiguo)",
        FactState.SOURCE_FAILED: "desconocido (no se pudo leer la fuente)",
        FactState.UNREADABLE: "desconocido (ilegible)",
        FactState.FROM_THE_FUTURE: "desconocido (fecha en el futuro)",
    },
    "ca": {
        FactState.ABSENT: "falta",
        FactState.KEY_MISSING: "desconegut (falta la clau)",
        FactState.STALE: "desconegut (massa antic)",
        FactState.SOURCE_FAILED: "desconegut (no s'ha pogut llegir la font)",
        FactState.UNREADABLE: "desconegut (il·legible)",
        FactState.FROM_THE_FUTURE: "desconegut (data en el futur)",
    },
}


def placeholders(template: str) -> tuple[str, ...]:
    """Names of the facts that a template puts in, sorted.

    >>> placeholders("{offer.name} needs {offer.min_down_mbps} Mbit/s")
    ('offer.min_down_mbps', 'offer.name')
    """
    return tuple(sorted({name for _, name, _, _ in Formatter().parse(template) if name}))


def spliced(*parts: Any) -> Any:
    """Texts and text columns, one after the other, as one text; null when any of them is."""
    merged: list[Any] = [""]
    for part in parts:
        if not isinstance(part, str):
            merged.append(part)
        elif isinstance(merged[-1], str):
            merged[-1] += part
        elif part:
            merged.append(part)
    # In one step: a chain of `+` is a node, and a pass of Ibis over it, for every part.
    return ibis.literal(merged[0]).concat(*merged[1:]) if merged[1:] else ibis.literal(merged[0])


def sentence(
    template: str, table: ir.Table, vocabulary: Vocabulary, dialect: Dialect, zone: str
) -> Any:
    """The template as a text column, each `{fact}` replaced by its value, masked when `pii`."""
    parts: list[Any] = []
    for text, name, _, _ in Formatter().parse(template):
        parts.append(text)
        if name:
            parts.append(shown(name, table, vocabulary, dialect, zone))
    return spliced(*parts)


def shown(name: str, table: ir.Table, vocabulary: Vocabulary, dialect: Dialect, zone: str) -> Any:
    """A fact as a person reads it, NOTHING where it has no value, MASK where it is private."""
    fact = vocabulary[name]
    has_value = table[state_column(name)] == int(FactState.VALUE)
    text = ibis.literal(MASK) if fact.pii else dialect.show(table[name], fact.type, zone)
    return ibis.cases((has_value, text), else_=NOTHING)


def not_proven(
    title: str, facts: Sequence[str], table: ir.Table, dialect: Dialect, language: str
) -> Any:
    """The sentence for a rule whose outcome is unknown: what was missing, and why."""
    head, item, unknown = _NOT_PROVEN.get(language, _NOT_PROVEN["en"])
    states = _STATES.get(language, _STATES["en"])
    words = [states.get(state, "") for state in FactState]
    parts = []
    for fact in facts:
        before, after = item.format(fact=fact, state="\n").split("\n")
        why = spliced(before, dialect.word(words, table[state_column(fact)]), after)
        problem = problem_column(fact.split(".", 1)[0])
        if problem in table.columns:
            # A source that was asked says itself why it did not answer.
            told = spliced(f"{before}{unknown} (", table[problem], f"){after}")
            why = ibis.coalesce(told, why)
        parts.append(why)
    beginning = head.format(title=title)
    if not parts:
        return ibis.literal(beginning)
    # What is null is left out, by both.
    listed = ibis.literal(", ").join(parts).nullif("")
    return ibis.literal(": ").join([beginning, listed])
