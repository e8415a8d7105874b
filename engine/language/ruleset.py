"""A rulebook after it was read and checked: frozen, ordered, free of files.

Everything downstream (match, decide, allocate, explain) takes a `Ruleset` and
trusts it: names resolve, conditions are typed, signals have no dangling ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum

from engine.diagnostics import Place
from engine.language.expression import Expression

Texts = Mapping[str, str]
"""One sentence per language code; `{fact}` places are filled in when it is shown."""


class Stage(StrEnum):
    """Where in the funnel a rule stands; the order here is the order of reasons."""

    ELIGIBILITY = "eligibility"
    CONSENT = "consent"
    CONTACT_POLICY = "contact-policy"
    STOCK = "stock"
    FEASIBILITY = "feasibility"
    PRICE = "price"
    DATA = "data"


CAUSES = ("failed", "unknown", "decision", "no-room", "duplicate", "invalid")
"""Why a contact is blocked."""


class Moment(StrEnum):
    """The moment of truth that the contact would have spoiled."""

    ZMOT = "ZMOT"
    FMOT = "FMOT"
    SMOT = "SMOT"
    AMOT = "AMOT"
    LMOT = "LMOT"


class Outcome(IntEnum):
    """What one rule says of one candidate, as stored in columns and signatures.

    `PASSED_IF_IT_APPLIES` is reported as passed. It is kept apart because the
    requirement holds but nobody knows whether the rule applies at all, so a
    decision may not take it as proof that the rule *applied* and passed.
    """

    NOT_APPLICABLE = 0
    PASSED = 1
    FAILED = 2
    UNKNOWN = 3
    PASSED_IF_IT_APPLIES = 4


class Strength(IntEnum):
    """How surely a signal or a decision's `given` holds."""

    NO = 0
    POSSIBLE = 1
    CERTAIN = 2


@dataclass(frozen=True)
class Condition:
    """One CEL condition: its text as written, its place, and its typed tree."""

    text: str
    place: Place
    tree: Expression

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of the facts it reads, sorted."""
        return tuple(sorted(self.tree.facts()))


@dataclass(frozen=True)
class Rule:
    """A condition that must be true for the contact to be made."""

    id: str
    title: str
    owner: str
    stage: Stage
    require: tuple[Condition, ...]
    moment: Moment
    pain: str
    reason: Texts
    place: Place
    applies: tuple[Condition, ...] = ()
    remedy: Texts = field(default_factory=dict)
    from_: date | None = None
    until: date | None = None
    shadow: bool = False
    warn: bool = False
    allow_unknown: bool = False
    legal: bool = False
    source: str = ""

    def in_effect(self, day: date) -> bool:
        """Whether the rule's dates, both inclusive, cover `day` (in the configured zone)."""
        return (self.from_ is None or self.from_ <= day) and (
            self.until is None or day <= self.until
        )

    @property
    def can_block(self) -> bool:
        return not (self.shadow or self.warn)


@dataclass(frozen=True)
class Signal:
    """A named condition that blocks nothing by itself; without `when` only decisions raise it."""

    id: str
    when: tuple[Condition, ...]
    place: Place
    title: str = ""


@dataclass(frozen=True)
class Given:
    """What a decision waits for. `at_least` of all the names, or, without it, every one."""

    signal: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    at_least: int | None = None

    @property
    def needed(self) -> int:
        return self.at_least or len(self.signal) + len(self.failed) + len(self.passed)


@dataclass(frozen=True)
class Block:
    """What a blocking decision says of the contact it prevents."""

    stage: Stage
    moment: Moment
    pain: str
    reason: Texts
    remedy: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """A rule about rules: exactly one of `waive`, `propose`, `block`, `signal` is set."""

    id: str
    given: Given
    place: Place
    waive: tuple[str, ...] = ()
    propose: str | None = None
    block: Block | None = None
    signal: str | None = None
    because: Texts = field(default_factory=dict)
    title: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Order:
    """How candidates queue for room: by the value of an expression, unknown last."""

    by: Condition
    descending: bool


@dataclass(frozen=True)
class Pool:
    """Something finite that contacts draw on, one unit each, counted per value of `per`."""

    id: str
    title: str
    owner: str
    per: tuple[str, ...]
    limit: Condition
    order: tuple[Order, ...]
    stage: Stage
    moment: Moment
    pain: str
    reason: Texts
    place: Place
    applies: tuple[Condition, ...] = ()
    remedy: Texts = field(default_factory=dict)
    take_up: float | None = None
    risk: float | None = None


@dataclass(frozen=True)
class Ruleset:
    """The whole rulebook, each part sorted by id, with the exact texts it came from.

    `texts` maps each file's name, relative to config.yaml, to what it said; `digest` is the
    SHA-256 of them and changes when any character of a rule changes.
    """

    rules: tuple[Rule, ...]
    signals: tuple[Signal, ...]
    decisions: tuple[Decision, ...]
    pools: tuple[Pool, ...]
    languages: tuple[str, ...]
    texts: Mapping[str, str]
    digest: str

    @property
    def order(self) -> tuple[Order, ...]:
        """The one queue in which candidates stand for every pool (the loader checks they agree)."""
        return self.pools[0].order if self.pools else ()
