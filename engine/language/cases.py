"""Rule authors' tests (`*.test.yaml`): facts that make a candidate, and what is expected of it.

`base` is a good candidate; each test changes a little of it. A fact nobody mentions is absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.diagnostics import Diagnostic
from engine.language.case_documents import (
    BySource,
    Expectation,
    TestDocument,
    TestFileDocument,
)
from engine.language.checking import check_document
from engine.language.document import Document, Path
from engine.language.ruleset import Ruleset
from engine.language.scalars import iso_date
from engine.language.text import in_zone, read_yaml
from engine.language.vocabulary import FactType, Vocabulary, did_you_mean, meant_among

Facts = Mapping[str, Any]
"""Values by fact name; None for an absent fact."""
_RULE = ("rule",)
_NAMES = {
    "failed": _RULE,
    "unknown": _RULE,
    "decision": ("decision",),
    "no_room": ("pool",),
    "waived": _RULE,
    "warned": _RULE,
    "passed": _RULE,
    "not_applicable": _RULE,
    "outcome": _RULE,
    "says": ("rule", "decision", "pool"),
}
_PLACES = {"rule": "failed", "decision": "decision", "pool": "no_room"}
_STAND_INS: dict[str, Any] = {
    "as_of": datetime(2026, 1, 1, tzinfo=UTC),
    "tests": [{"name": "…", "expect": {"verdict": "blocked"}}],
    "list": [{"expect": {"verdict": "blocked"}}],
    "name": "…",
    "expect": {"verdict": "blocked"},
    "equivalent": [{"rule": "…", "mutant": "…", "because": "…"}],
    "rule": "…",
    "mutant": "…",
    "because": "…",
}
_AS_WRITTEN = {
    FactType.STRING: "put it in quotes",
    FactType.INTEGER: "write it like 18, without quotes",
    FactType.NUMBER: "write it like 0.5, without quotes",
    FactType.BOOLEAN: "write true or false",
    FactType.DATE: "write it like 2026-03-31, without quotes",
    FactType.TIMESTAMP: "write it like 2026-03-31T09:00:00+02:00, without quotes",
    FactType.STRINGS: "write it like [a, b]",
}
_WHO = ("candidate.candidate_id", "candidate.customer_id")


@dataclass(frozen=True)
class Candidate:
    """One candidate of a test: `facts` by name, `unknown` the facts nobody knows.

    `changed` are the facts that the test itself speaks of, beside its base.
    """

    line: int
    name: str
    facts: Facts
    unknown: frozenset[str]
    changed: frozenset[str]
    expect: Expectation


@dataclass(frozen=True)
class Case:
    """One test, checked: its candidates stand in one list, most tests have one."""

    file: str
    line: int
    name: str
    as_of: datetime
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Equivalent:
    """The word of an author that a change of a part of the rulebook changes nothing."""

    file: str
    line: int
    part: str
    mutant: str
    because: str


def read_cases(
    file: str, text: str, vocabulary: Vocabulary, ruleset: Ruleset, zone: str
) -> tuple[list[Case], list[Diagnostic]]:
    """The tests of one file, and every problem in it; with problems there are no tests."""
    document = read_yaml(file, text)
    parsed = check_document(document, TestFileDocument, _STAND_INS)
    if parsed is None:
        return [], document.problems
    reader = _Reader(document, vocabulary, ruleset, zone)
    base = reader.facts(parsed.base, ("base",))
    cases = []
    for i, test in enumerate(parsed.tests):
        path = ("tests", i)
        line = document.place((*path, "name")).line
        as_of = test.as_of or parsed.as_of
        candidates = tuple(reader.candidates(test, path, base))
        cases.append(Case(file, line, test.name, as_of, candidates))
    reader.explained(parsed)
    return ([] if document.problems else cases), document.problems


def read_equivalent(file: str, text: str) -> list[Equivalent]:
    """What a file that `read_cases` accepts says of changes that change nothing."""
    document = read_yaml(file, text)
    parsed = None if document.problems else check_document(document, TestFileDocument)
    return [
        Equivalent(file, document.place(("equivalent", i)).line, e.rule, e.mutant, e.because)
        for i, e in enumerate(parsed.equivalent if parsed else ())
    ]


class _Reader:
    def __init__(
        self, document: Document, vocabulary: Vocabulary, ruleset: Ruleset, zone: str
    ) -> None:
        self._document = document
        self._vocabulary = vocabulary
        self._zone = ZoneInfo(zone)
        self._ids = {
            "rule": {r.id for r in ruleset.rules},
            "decision": {d.id for d in ruleset.decisions},
            "pool": {*(p.id for p in ruleset.pools), "duplicate"},
            "signal": {s.id for s in ruleset.signals},
        }

    def _problem(
        self, path: Path, code: str, message: str, hint: str = "", *, key: bool = False
    ) -> None:
        place = self._document.place(path, key=key)
        self._document.report(path, code, message, hint, at=place)

    def candidates(self, test: TestDocument, path: Path, base: Facts) -> Iterator[Candidate]:
        """The candidates of a test, those that are alike one by one."""
        common = self.facts(test.given, (*path, "given"))
        unknown = self.unknown(test.unknown, (*path, "unknown"))
        if (test.expect is None) == (test.list_ is None):
            self._one_of_two(test, path)
            return
        if test.expect is not None:
            self.expected(test.expect, (*path, "expect"))
            line = self._document.place((*path, "name")).line
            changed = frozenset(common) | unknown
            yield Candidate(line, "", {**base, **common}, unknown, changed, test.expect)
            return
        listed = test.list_ or []
        number, digits = 0, len(str(sum(one.times for one in listed)))
        taken: set[str] = set()
        for i, one in enumerate(listed):
            at = (*path, "list", i)
            own = {**common, **self.facts(one.given, (*at, "given"))}
            mine = unknown | self.unknown(one.unknown, (*at, "unknown"))
            self.expected(one.expect, (*at, "expect"))
            line = self._document.place(at).line
            for _ in range(one.times):
                number += 1
                told = {name: f"{base.get(name) or ''}-{number:0{digits}}" for name in _WHO}
                facts = {**base, **told, **own}
                name = one.name or f"candidate {number}"
                yield Candidate(line, name, facts, mine, frozenset(own) | mine, one.expect)
                self._once(facts[_WHO[0]], taken, at)

    def _one_of_two(self, test: TestDocument, path: Path) -> None:
        if test.expect is None:
            message, hint = "`expect` is missing", "add `expect: …`, or a `list` of candidates"
            self._problem(path, "missing-key", message, hint, key=True)
        else:
            message = "a test with a `list` expects something of each candidate, not of all"
            hint = "move `expect` below the candidates"
            self._problem((*path, "expect"), "wrong-value", message, hint, key=True)

    def _once(self, candidate_id: Any, taken: set[str], path: Path) -> None:
        if candidate_id in taken:
            self._problem(
                path,
                "same-candidate",
                "two candidates of this list have one candidate_id",
                "leave candidate_id out, then each gets its own",
            )
        taken.add(candidate_id)

    def explained(self, parsed: TestFileDocument) -> None:
        """That whatever is said to be equivalent is said of parts that exist."""
        known = set().union(*self._ids.values()) - {"duplicate"}
        for i, one in enumerate(parsed.equivalent):
            if one.rule not in known:
                hint = did_you_mean(one.rule, known)
                message = f"there is no rule, signal, decision or pool `{one.rule}`"
                self._problem(("equivalent", i, "rule"), "unknown-rule", message, hint)

    def facts(self, given: BySource, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for source, fields in given.items():
            if source not in self._vocabulary.sources:
                sources = self._vocabulary.sources
                hint = did_you_mean(source, sources) or f"known here: {', '.join(sorted(sources))}"
                message = f"there is no `{source}`"
                self._problem((*path, source), "unknown-fact", message, hint, key=True)
                continue
            if fields is None:
                # The whole source has no row for this candidate.
                for fact in self._vocabulary.values():
                    if fact.source == source:
                        found[fact.name] = None
                continue
            for field, value in fields.items():
                name, at = f"{source}.{field}", (*path, source, field)
                fact_type = self._vocabulary[name].type if name in self._vocabulary else None
                if fact_type is None:
                    hint = did_you_mean(name, self._vocabulary) or self._vocabulary.spoken(source)
                    message = f"there is no fact `{name}`"
                    self._problem(at, "unknown-fact", message, hint, key=True)
                    continue
                try:
                    found[name] = None if value is None else self._typed(value, fact_type)
                except ValueError:
                    # A list is wrong by what was refused in it.
                    if self._document.refused_within(at):
                        continue
                    message = f"`{name}` is of type {fact_type}"
                    hint = _AS_WRITTEN[fact_type]
                    if fact_type is FactType.DATE and (day := iso_date(str(value))):
                        hint = f"write {day}, without quotes"
                    self._problem(at, "wrong-type", message, hint)
        return found

    def _typed(self, value: Any, kind: FactType) -> Any:
        """The value as the engine holds it; ValueError when it is not of its type."""
        match kind:
            case FactType.STRING if isinstance(value, str):
                return value
            case FactType.INTEGER if isinstance(value, int) and not isinstance(value, bool):
                return value
            case FactType.NUMBER if isinstance(value, (int, float)) and not isinstance(value, bool):
                return float(value)
            case FactType.BOOLEAN if isinstance(value, bool):
                return value
            case FactType.STRINGS if isinstance(value, list):
                if all(isinstance(v, str) for v in value):
                    return value or None
            case FactType.DATE if isinstance(value, date) and not isinstance(value, datetime):
                return in_zone(datetime(value.year, value.month, value.day), self._zone)  # noqa: DTZ001
            case FactType.TIMESTAMP if isinstance(value, datetime):
                return value if value.tzinfo else in_zone(value, self._zone)
        raise ValueError(kind)

    def unknown(self, names: list[str], path: Path) -> frozenset[str]:
        found: set[str] = set()
        for i, name in enumerate(names):
            facts = {f.name for f in self._vocabulary.values() if name in (f.name, f.source)}
            if not facts:
                hint = meant_among(name, [*self._vocabulary, *self._vocabulary.sources])
                self._problem((*path, i), "unknown-fact", f"there is no fact `{name}`", hint)
            found |= facts
        return frozenset(found)

    def expected(self, expect: Expectation, path: Path) -> None:
        for key, names in expect.rule_names().items():
            allowed = {name for kind in _NAMES[key] for name in self._ids[kind]}
            by_id = key in ("outcome", "says")
            for i, name in enumerate(names):
                if name in allowed:
                    continue
                kinds = [kind for kind, ids in self._ids.items() if name in ids]
                spoken = " or ".join(_NAMES[key])
                if kinds:
                    hint = f"it is a {kinds[0]}"
                    if place := _PLACES.get(kinds[0]):
                        hint += f": name it under `{place}`"
                else:
                    hint = meant_among(name, allowed)
                at = (*path, key, name if by_id else i)
                self._problem(at, "unknown-rule", f"there is no {spoken} `{name}`", hint, key=by_id)
        refused = self._document.refused_within(path)
        if not refused and not expect.model_dump(exclude_none=True):
            self._problem(path, "empty-test", "this test expects nothing", "say a `verdict`")
