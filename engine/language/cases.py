"""Rule authors' tests (`*.test.yaml`): facts that make a candidate, and what is expected of it.

`base` is a good candidate; each test changes a little of it. A fact nobody mentions is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from engine.diagnostics import Diagnostic
from engine.language.checking import check_document
from engine.language.ruleset import Ruleset
from engine.language.text import Document, Path, in_zone, read_yaml
from engine.language.vocabulary import FactType, Vocabulary, did_you_mean

Facts = Mapping[str, Any]
"""Values by fact name; None for an absent fact."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("this moment needs a time zone: end it with Z or +01:00")
    return value


Names = Annotated[list[str], BeforeValidator(lambda v: [] if v is None else _as_list(v))]
BySource = dict[str, dict[str, Any] | None]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Expectation(_Part):
    """What a test expects; keys that are not given are not compared.

    If any of `failed`, `unknown`, `decision`, `no_room` is given, the reasons of the candidate
    must be exactly those listed in the four.
    """

    verdict: Literal["allowed", "blocked"] | None = None
    failed: Names | None = None
    unknown: Names | None = None
    decision: Names | None = None
    no_room: Names | None = None
    waived: Names | None = None
    proposed: Names | None = None
    warned: Names | None = None
    passed: Names | None = None
    not_applicable: Names | None = None

    def rule_names(self) -> dict[str, list[str]]:
        """The ids that each key lists, keys without a list left out (offers too)."""
        keys = (
            "failed",
            "unknown",
            "decision",
            "no_room",
            "waived",
            "warned",
            "passed",
            "not_applicable",
        )
        return {key: getattr(self, key) or [] for key in keys}


class TestDocument(_Part):
    """One test."""

    __test__ = False

    name: Annotated[str, Field(min_length=1)]
    given: BySource = {}
    unknown: Names = []
    expect: Expectation


class TestFileDocument(_Part):
    """A file of tests."""

    __test__ = False

    as_of: Annotated[datetime, AfterValidator(_aware)]
    base: BySource = {}
    tests: Annotated[list[TestDocument], Field(min_length=1)]


@dataclass(frozen=True)
class Case:
    """One test, checked: `facts` by name, `unknown` the facts nobody knows."""

    file: str
    line: int
    name: str
    as_of: datetime
    facts: Facts
    unknown: frozenset[str]
    expect: Expectation


def read_cases(
    file: str, text: str, vocabulary: Vocabulary, ruleset: Ruleset, zone: str
) -> tuple[list[Case], list[Diagnostic]]:
    """The tests of one file, and every problem in it; with problems there are no tests."""
    document = read_yaml(file, text)
    parsed = None if document.problems else check_document(document, TestFileDocument)
    if parsed is None:
        return [], document.problems
    reader = _Reader(document, vocabulary, ruleset, zone)
    base = reader.facts(parsed.base, ("base",))
    cases = []
    for i, test in enumerate(parsed.tests):
        path = ("tests", i)
        facts = {**base, **reader.facts(test.given, (*path, "given"))}
        unknown = reader.unknown(test.unknown, (*path, "unknown"))
        reader.expected(test.expect, (*path, "expect"))
        line = document.place((*path, "name")).line
        cases.append(Case(file, line, test.name, parsed.as_of, facts, unknown, test.expect))
    return ([] if document.problems else cases), document.problems


class _Reader:
    def __init__(
        self, document: Document, vocabulary: Vocabulary, ruleset: Ruleset, zone: str
    ) -> None:
        self._document = document
        self._vocabulary = vocabulary
        self._zone = ZoneInfo(zone)
        self._known = {
            *(r.id for r in ruleset.rules),
            *(d.id for d in ruleset.decisions),
            *(p.id for p in ruleset.pools),
        }

    def _problem(self, path: Path, code: str, message: str, hint: str = "") -> None:
        place = self._document.place(path)
        self._document.problems.append(Diagnostic(place, code, message, hint))

    def facts(self, given: BySource, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for source, fields in given.items():
            if source not in self._vocabulary.sources:
                hint = did_you_mean(source, self._vocabulary.sources)
                self._problem((*path, source), "unknown-fact", f"there is no `{source}`", hint)
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
                    hint = did_you_mean(name, self._vocabulary)
                    self._problem(at, "unknown-fact", f"there is no fact `{name}`", hint)
                    continue
                try:
                    found[name] = None if value is None else self._typed(value, fact_type)
                except ValueError:
                    self._problem(at, "wrong-type", f"`{name}` is of type {fact_type}")
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
                hint = did_you_mean(name, [*self._vocabulary, *self._vocabulary.sources])
                self._problem((*path, i), "unknown-fact", f"there is no fact `{name}`", hint)
            found |= facts
        return frozenset(found)

    def expected(self, expect: Expectation, path: Path) -> None:
        for key, names in expect.rule_names().items():
            for i, name in enumerate(names):
                if name not in self._known:
                    hint = did_you_mean(name, self._known)
                    message = f"there is no rule, decision or pool `{name}`"
                    self._problem((*path, key, i), "unknown-rule", message, hint)
        if not expect.model_dump(exclude_none=True):
            self._problem(path, "empty-test", "this test expects nothing", "say a `verdict`")
