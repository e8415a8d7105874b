"""Reasons as sentences: a marketer's template with the facts put in, or why nothing was proven."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import Formatter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from engine.screening.facts import FactState
from engine.screening.texts import listed, spliced, word

_NOT_PROVEN = {
    "en": ("Could not be checked: {title}", "{fact} is {state}", "unknown"),
    "it": ("Non verificabile: {title}", "{fact}: {state}", "sconosciuto"),
    "es": ("No se pudo comprobar: {title}", "{fact}: {state}", "desconocido"),
    "ca": ("No s'ha pogut comprovar: {title}", "{fact}: {state}", "desconegut"),
}
_NOT_RULED_OUT = {
    "en": "Could not be ruled out: ",
    "it": "Non si può escludere: ",
    "es": "No se pudo descartar: ",
    "ca": "No s'ha pogut descartar: ",
}
_SAID_TWICE = {
    "en": "Another candidate of this list makes the same offer to the customer",
    "it": "Un altro contatto di questa lista propone la stessa offerta al cliente",
    "es": "Otro contacto de esta lista propone la misma oferta al cliente",
    "ca": "Un altre contacte d'aquesta llista proposa la mateixa oferta al client",
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


def sentence(template: str, rows: int, shown: Callable[[str], pa.Array]) -> pa.Array:
    """The template as a column of text, each `{fact}` replaced by its column of `shown`.

    >>> sentence("{a} of 5", 2, lambda name: pa.array(["1", "2"])).to_pylist()
    ['1 of 5', '2 of 5']
    """
    parts: list[Any] = []
    for text, name, _, _ in Formatter().parse(template):
        parts += [text, shown(name)] if name else [text]
    return spliced(rows, *parts)


def said_twice(language: str) -> str:
    """The sentence for who would be made the same offer twice."""
    return _SAID_TWICE.get(language, _SAID_TWICE["en"])


LookedAt = tuple[str, pa.Array, pa.Array | None]
"""Of a fact its name, the column of its states, and what its source itself says of why it did not
answer, if it was asked."""


def not_proven(title: str, facts: Sequence[LookedAt], rows: int, language: str) -> pa.Array:
    """The sentence for what could not be checked: what was missing, and why."""
    head, _, _ = _NOT_PROVEN.get(language, _NOT_PROVEN["en"])
    return _with_lacking(pa.repeat(head.format(title=title), rows), ": ", facts, language)


def not_ruled_out(said: pa.Array, facts: Sequence[LookedAt], language: str) -> pa.Array:
    """The sentence for what is held to be possible: `said`, marked as that, with what was missing."""
    head = _NOT_RULED_OUT.get(language, _NOT_RULED_OUT["en"])
    return _with_lacking(spliced(len(said), head, said), "; ", facts, language)


def _with_lacking(
    beginning: pa.Array, mark: str, facts: Sequence[LookedAt], language: str
) -> pa.Array:
    """The beginning and, behind the mark, which of the facts have no value and why."""
    rows = len(beginning)
    _, item, unknown = _NOT_PROVEN.get(language, _NOT_PROVEN["en"])
    states = _STATES.get(language, _STATES["en"])
    parts = []
    for fact, state, problem in facts:
        why = [
            item.format(fact=fact, state=states[code]) if code in states else None
            for code in FactState
        ]
        part = word(why, state)
        if problem is not None:
            before, after = item.format(fact=fact, state="\n").split("\n")
            part = pc.coalesce(spliced(rows, f"{before}{unknown} (", problem, f"){after}"), part)
        parts.append(part)
    reasons = listed(rows, parts, ", ")
    told = spliced(rows, beginning, mark, reasons)
    return pc.if_else(pc.equal(reasons, ""), beginning, told)
