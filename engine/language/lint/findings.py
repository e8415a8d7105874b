"""What lint says: warnings, what it could not tell, and examples of candidates in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from engine.diagnostics import Diagnostic, Place, Severity
from engine.language.lint.evaluate import Candidate, FactValue, Missing
from engine.language.lint.moments import moment_of
from engine.language.vocabulary import FactType, Vocabulary

Example = Mapping[str, str]
"""Facts of a made-up candidate in words, by name; facts marked `pii` are masked."""

_MASK = "***"


@dataclass(frozen=True)
class Finding:
    """A warning; `example` is a candidate that shows it, and may be empty."""

    diagnostic: Diagnostic
    example: Example = field(default_factory=dict)


@dataclass(frozen=True)
class Open:
    """A question that was not answered, and why."""

    place: Place
    question: str
    why: str


@dataclass(frozen=True)
class Settled:
    """A question answered by an example: nothing is wrong there."""

    place: Place
    question: str
    example: Example


@dataclass(frozen=True)
class Report:
    """Everything lint found; `by_example` and `proven` count the questions that were answered.

    Of pairs of rules `settled` has only those that took some searching.
    """

    findings: tuple[Finding, ...]
    settled: tuple[Settled, ...]
    open: tuple[Open, ...]
    by_example: int
    proven: int


def finding(
    place: Place, code: str, message: str, hint: str = "", example: Example | None = None
) -> Finding:
    """A warning; an example is said after the hint."""
    shown = spoken(example) if example else ""
    said = "; ".join(part for part in (hint, f"for example {shown}" if shown else "") if part)
    return Finding(Diagnostic(place, code, message, said, Severity.WARNING), example or {})


def spoken(example: Example) -> str:
    """`candidate.age = 17, customer.segment = "gold"`; a fact without a value is `missing`."""
    states = {m.value for m in Missing}
    return ", ".join(
        f"{name} {'missing' if value == 'absent' else value}"
        if value in states
        else f"{name} = {value}"
        for name, value in example.items()
    )


def example_of(
    candidate: Candidate, names: Iterable[str], vocabulary: Vocabulary, zone: ZoneInfo
) -> dict[str, str]:
    """The named facts of a candidate as a person writes them; those with a value first."""
    values = {n: candidate.facts.get(n, Missing.ABSENT) for n in sorted(set(names))}
    order = sorted(values, key=lambda n: (isinstance(values[n], Missing), n))
    return {n: _shown(values[n], vocabulary, n, zone) for n in order}


def _shown(value: FactValue, vocabulary: Vocabulary, name: str, zone: ZoneInfo) -> str:
    fact = vocabulary[name]
    if isinstance(value, Missing):
        return value.value
    if fact.pii:
        return _MASK
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if fact.type in (FactType.DATE, FactType.TIMESTAMP):
        return _moment(int(value), zone, day=fact.type is FactType.DATE)
    return str(value)


def _moment(value: int, zone: ZoneInfo, *, day: bool) -> str:
    try:
        local = moment_of(value).astimezone(zone)
    except (OverflowError, ValueError):
        return f"{value} microseconds from 1970"
    return local.date().isoformat() if day else local.isoformat()
