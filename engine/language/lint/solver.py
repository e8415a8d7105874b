"""Asks the SMT solver z3 whether there is a candidate for whom a claim holds."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.language.expression import CelType
from engine.language.lint.claims import Claim
from engine.language.lint.encode import Encoder
from engine.language.lint.evaluate import Candidate, FactValue, Missing
from engine.language.lint.moments import microseconds, midnight_before
from engine.language.lint.samples import Table
from engine.language.text import midnight
from engine.language.vocabulary import FactType, Vocabulary

INSTALL = "pip install 'upfront[lint]'"

_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
_YEAR_2000, _YEAR_2100 = 946_684_800_000_000, 4_102_444_800_000_000
_MODEST = 1_000_000


def installed() -> bool:
    """Whether z3 is there; it is the optional extra `lint`."""
    return importlib.util.find_spec("z3") is not None


class Solver:
    """Answers one claim at a time, each within `seconds`."""

    def __init__(
        self, vocabulary: Vocabulary, now: datetime, zone: ZoneInfo, seconds: float
    ) -> None:
        self._vocabulary = vocabulary
        self._zone = zone
        self._now = microseconds(now)
        self._today = microseconds(midnight(now, zone))
        self._milliseconds = max(1, round(seconds * 1000))

    def __call__(self, claim: Claim) -> Candidate | str | None:
        """A candidate for whom the claim holds, from the day of `now` on; None where it is proven
        that there is none; or, in words, why neither was found.
        """
        import z3  # heavy, and optional

        encoder = Encoder(self._now, self._today)
        formula = encoder.claim(claim)
        solver = z3.Solver()
        solver.set("timeout", self._milliseconds)
        solver.add(formula, *encoder.constraints)
        found = solver.check()
        if found == z3.unsat:
            return None
        if found != z3.sat:
            return "the proof takes too long"
        for wishes in _wishes(encoder, self._now, self._today):
            if solver.check(*wishes) != z3.sat:
                continue
            candidate = self._candidate(encoder, solver.model())
            if candidate is not None and Table([candidate]).example(claim) is not None:
                return candidate
        if encoder.exact:
            return "an example could not be confirmed"
        return "it says something that can't be reasoned about"

    def _candidate(self, encoder: Encoder, model: Any) -> Candidate | None:
        """The candidate that a model of z3 describes; None where it is none."""
        try:
            now = model.eval(encoder.now, model_completion=True).as_long()
            facts: dict[str, FactValue] = {}
            for name, present in encoder.present.items():
                if _true(model, present):
                    facts[name] = self._value(encoder, model, name)
                else:
                    absent = _true(model, encoder.absent[name])
                    facts[name] = Missing.ABSENT if absent else Missing.UNKNOWN
            return Candidate(facts, now, midnight_before(now, self._zone))
        except (OverflowError, ValueError, AttributeError):
            # A moment outside the calendar, or a number that is no fraction.
            return None

    def _value(self, encoder: Encoder, model: Any, name: str) -> FactValue:
        kind = self._vocabulary[name].type
        variable = encoder.values.get(name)
        if variable is None:
            # Only `has` asks for it: any value will do.
            return _ANY[kind.cel]
        if kind is FactType.STRINGS:
            texts = [model.eval(t, model_completion=True) for t in encoder.tested.get(name, ())]
            listed = {_text(t) for t in texts if _true(model, variable(t))}
            return tuple(sorted(listed)) or ("another",)
        value = model.eval(variable, model_completion=True)
        match kind:
            case FactType.BOOLEAN:
                return _true(model, variable)
            case FactType.NUMBER:
                return float(value.as_fraction())
            case FactType.STRING:
                return _text(value)
            case FactType.DATE:
                return midnight_before(value.as_long(), self._zone)
        return int(value.as_long())


_ANY: dict[CelType, FactValue] = {
    CelType.BOOL: True,
    CelType.INT: 1,
    CelType.DOUBLE: 1.0,
    CelType.STRING: "A",
    CelType.TIMESTAMP: 0,
    CelType.LIST_STRING: ("A",),
}


def _true(model: Any, formula: Any) -> bool:
    return str(model.eval(formula, model_completion=True)) == "True"


def _text(value: Any) -> str:
    """A text of z3; UnicodeError, which is a ValueError, for what no text can hold."""
    text = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), value.as_string())
    text.encode()  # z3 counts surrogates among characters
    return text


def _wishes(encoder: Encoder, now: int, today: int) -> Iterator[list[Any]]:
    """What a candidate should be like to be easily imagined, the likeliest first."""
    import z3  # heavy, and optional

    clock = [encoder.now == now, encoder.today == today]
    modest = []
    for name, variable in encoder.values.items():
        match encoder.types[name]:
            case CelType.STRING:
                plain = z3.Star(z3.Range(" ", "~"))
                modest += [z3.Length(variable) > 0, z3.Length(variable) <= 40]
                modest.append(z3.InRe(variable, plain))
            case CelType.INT | CelType.DOUBLE:
                modest += [variable >= -_MODEST, variable <= _MODEST]
            case CelType.TIMESTAMP:
                modest += [variable >= _YEAR_2000, variable <= _YEAR_2100]
    there = list(encoder.present.values())
    yield [*clock, *modest, *there]
    yield [*clock, *modest]
    yield clock
    yield []
