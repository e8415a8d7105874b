"""What stands under each part of the rulebook: labels with their lines, the same in every format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.language.rulebook import (
    DecisionEntry,
    PoolEntry,
    Rulebook,
    RuleEntry,
    Sentence,
    SignalEntry,
)


class LineKind(StrEnum):
    """How a line is set: prose, CEL or a fact's name, or the name of another part (a link)."""

    TEXT = "text"
    CODE = "code"
    LINK = "link"


@dataclass(frozen=True)
class Row:
    """A label and its lines; `language` is that of a sentence, empty otherwise."""

    label: str
    lines: tuple[str, ...]
    kind: LineKind = LineKind.TEXT
    language: str = ""


@dataclass(frozen=True)
class Part:
    """A rule, signal, decision or pool: its name, its words, its marks and its rows."""

    id: str
    title: str
    marks: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Section:
    """Parts under one heading; `anchor` is what links lead to."""

    anchor: str
    heading: str
    parts: tuple[Part, ...]


def sections(book: Rulebook, said: Mapping[str, str]) -> tuple[Section, ...]:
    """The document, section by section; `said` are the labels. Empty sections are left out."""
    teller = _Teller(said)
    found = [
        Section(f"stage-{stage}", said[stage], tuple(map(teller.rule, rules)))
        for stage, rules in book.stages.items()
    ]
    found += [
        Section("decisions", said["decisions"], tuple(map(teller.decision, book.decisions))),
        Section("signals", said["signals"], tuple(map(teller.signal, book.signals))),
        Section("pools", said["pools"], tuple(map(teller.pool, book.pools))),
    ]
    return tuple(section for section in found if section.parts)


class _Teller:
    def __init__(self, said: Mapping[str, str]) -> None:
        self._said = said

    def rule(self, rule: RuleEntry) -> Part:
        marks = {
            "legal": rule.legal,
            "shadow": rule.mode == "shadow",
            "warn": rule.severity == "warn",
            "unknown_allowed": rule.on_unknown == "allow",
        }
        rows = [
            *self._code("applies", rule.applies),
            *self._code("require", rule.require),
            *self._sentence("reason", rule.reason),
            *self._sentence("remedy", rule.remedy),
            *self._dates(rule),
            *self._text("owner", rule.owner),
            *self._text("pain", f"{rule.pain} ({rule.moment})"),
            *self._text("source", rule.source),
            *self._links("counted_by", rule.counted_by),
            *self._links("waived_by", rule.waived_by),
            *self._code("facts", rule.facts),
            *self._code("place", (rule.place,)),
        ]
        told = tuple(self._said[mark] for mark, there in marks.items() if there)
        return Part(rule.id, rule.title, told, tuple(rows))

    def signal(self, signal: SignalEntry) -> Part:
        rows = [
            *self._code("when", signal.when),
            *self._links("raised_by", signal.raised_by),
            *self._links("used_by", signal.used_by),
            *self._code("facts", signal.facts),
            *self._code("place", (signal.place,)),
        ]
        return Part(signal.id, signal.title, (), tuple(rows))

    def decision(self, decision: DecisionEntry) -> Part:
        names = (*decision.signal, *decision.failed, *decision.passed)
        enough = f"{decision.at_least} / {len(names)}" if decision.at_least else ""
        block = decision.block
        rows = [
            *self._text("at_least", enough),
            *self._links("given_signal", decision.signal),
            *self._links("given_failed", decision.failed),
            *self._links("given_passed", decision.passed),
            *self._links("waive", decision.waive),
            *self._text("propose", decision.propose or ""),
            *self._links("raises", (decision.raises,) if decision.raises else ()),
        ]
        if block is not None:
            rows += [
                *self._text("block", f"{self._said[block.stage]}: {block.pain} ({block.moment})"),
                *self._sentence("reason", block.reason),
                *self._sentence("remedy", block.remedy),
            ]
        rows += [
            *self._sentence("because", decision.because),
            *self._text("owner", decision.owner),
            *self._code("place", (decision.place,)),
        ]
        return Part(decision.id, decision.title, (), tuple(rows))

    def pool(self, pool: PoolEntry) -> Part:
        rows = [
            *self._code("applies", pool.applies),
            *self._code("per", pool.per),
            *self._code("limit", (pool.limit,)),
            *self._code("order", pool.order),
            *self._text("take_up", "" if pool.take_up is None else f"{pool.take_up:.1%}"),
            *self._text("risk", "" if pool.risk is None else f"{pool.risk:.2%}"),
            *self._sentence("reason", pool.reason),
            *self._sentence("remedy", pool.remedy),
            *self._text("owner", pool.owner),
            *self._text("pain", f"{pool.pain} ({pool.moment})"),
            *self._text("stage", self._said[pool.stage]),
            *self._code("facts", pool.facts),
            *self._code("place", (pool.place,)),
        ]
        return Part(pool.id, pool.title, (), tuple(rows))

    def _text(self, key: str, text: str) -> Iterator[Row]:
        if text:
            yield Row(self._said[key], (text,))

    def _sentence(self, key: str, sentence: Sentence) -> Iterator[Row]:
        if sentence.text:
            yield Row(self._said[key], (sentence.text,), language=sentence.language)

    def _code(self, key: str, lines: Iterable[str]) -> Iterator[Row]:
        if told := tuple(lines):
            yield Row(self._said[key], told, LineKind.CODE)

    def _links(self, key: str, names: Iterable[str]) -> Iterator[Row]:
        if told := tuple(names):
            yield Row(self._said[key], told, LineKind.LINK)

    def _dates(self, rule: RuleEntry) -> Iterator[Row]:
        days = [("from", rule.from_), ("until", rule.until)]
        told = " ".join(f"{self._said[word]} {day.isoformat()}" for word, day in days if day)
        yield from self._text("in_force", told)
