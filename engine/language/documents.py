"""The shape of rule files, as pydantic models: what a marketer may write, key by key.

Only the shape is checked here; names, conditions and dates are checked in `engine.language.load`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from engine.language.ruleset import Moment, Stage


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Texts = Annotated[dict[str, Text], Field(min_length=1)]
_OneOrMore = BeforeValidator(_as_list, json_schema_input_type=Text | list[Text])
Conditions = Annotated[list[Text], _OneOrMore, Field(min_length=1)]
Names = Annotated[list[Text], _OneOrMore, Field(min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*$")]


class _Part(BaseModel):
    # The text below a key is what editors and docs/reference/ say of it: `schema.py` reads it.
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=False)


class RuleDocument(_Part):
    """A condition that must be true for the contact to be made."""

    id: Id
    """Its name, unique in the rulebook, beginning with the stage: `stage.name`, in small letters, digits and `-`."""
    title: Text
    """What must be true, in a few words."""
    owner: Text
    """Who answers for it: a team, not a person."""
    stage: Annotated[Stage, Field(strict=False)]
    """Where in the funnel it stands. Reasons are given in the order of the stages."""
    applies: Conditions | None = None
    """For whom it is a rule at all: a condition, or a list that must all hold. Without it, for everyone."""
    require: Conditions
    """What must be true for the contact to be made: a condition, or a list that must all hold. Each is reported by itself."""
    moment: Annotated[Moment, Field(strict=False)]
    """The moment of truth that it protects."""
    pain: Text
    """What the customer would have felt, such as `withdrawn.not-feasible` or `unwanted.fatigue`."""
    reason: Texts
    """The sentence for whoever asks why, by language. `{source.field}` is replaced by the value of that fact."""
    remedy: Texts | None = None
    """What would have to change for the contact to be made, by language."""
    from_: Annotated[date | None, Field(alias="from")] = None
    """The first day on which it is in force, like 2026-01-01."""
    until: date | None = None
    """The last day on which it is in force, like 2026-12-31."""
    mode: Literal["enforce", "shadow"] = "enforce"
    """`shadow`: evaluated and reported, blocks nothing, and decisions do not see it."""
    severity: Literal["block", "warn"] = "block"
    """`warn`: blocks nothing by itself; decisions may count it."""
    on_unknown: Literal["block", "allow"] = "block"
    """`allow`: blocks who fails, not who can't be checked. Think twice."""
    legal: bool = False
    """`true`: no decision may waive it, and what can't be checked always blocks."""
    source: Text | None = None
    """Where a legal value comes from, and when it was read."""


class SignalDocument(_Part):
    """A named condition that blocks nothing by itself."""

    id: Id
    """Its name, unique in the rulebook."""
    title: Text | None = None
    """What it means, in a few words."""
    when: Conditions | None = None
    """The condition, or a list that must all hold. Without it, only decisions raise the signal."""


class GivenDocument(_Part):
    """What must hold for a decision: all of the names, or `at_least` that many."""

    signal: Names | None = None
    """Signals that must be there: a name or a list."""
    failed: Names | None = None
    """Rules that must have failed: a name or a list."""
    passed: Names | None = None
    """Rules that must have passed: a name or a list."""
    at_least: Annotated[int | None, Field(ge=1)] = None
    """How many of all the names are enough. Without it, every one."""


class BlockDocument(_Part):
    """What a blocking decision says of the contact it prevents."""

    stage: Annotated[Stage, Field(strict=False)]
    """The stage of the reason."""
    moment: Annotated[Moment, Field(strict=False)]
    """The moment of truth that it protects."""
    pain: Text
    """What the customer would have felt."""
    reason: Texts
    """The sentence for whoever asks why, by language."""
    remedy: Texts | None = None
    """What would have to change, by language."""


class DecisionDocument(_Part):
    """A rule about rules, with exactly one of waive, propose, block and signal."""

    id: Id
    """Its name, unique in the rulebook."""
    title: Text | None = None
    """What it decides, in a few words."""
    owner: Text | None = None
    """Who answers for it."""
    given: GivenDocument
    """What it waits for."""
    waive: Names | None = None
    """Rules that do not block this contact, when `given` is certain. Never rules marked `legal`."""
    propose: Text | None = None
    """The code of another offer, reported beside the block, when `given` is certain."""
    block: BlockDocument | None = None
    """Blocks the contact, when `given` can't be ruled out."""
    signal: Text | None = None
    """Raises this signal, as surely as `given` holds."""
    because: Texts | None = None
    """Why it is decided so, by language."""


class PoolDocument(_Part):
    """Something finite that contacts draw on, one unit each."""

    id: Id
    """Its name, unique in the rulebook."""
    title: Text
    """What it guards, in a few words."""
    owner: Text | None = None
    """Who answers for it."""
    applies: Conditions | None = None
    """Who draws on it: a condition, or a list that must all hold. Without it, everyone."""
    per: Names
    """What the room belongs to: a fact or a list of facts. Where one is absent or unknown, there is no place."""
    limit: int | Text
    """How much room there is: a whole number, or an expression that gives one, like `stock.on_hand - stock.committed`."""
    order: Names | None = None
    """Who comes first: `EXPRESSION desc` or `EXPRESSION asc`, or a list of them. All pools need the same."""
    take_up: Annotated[float | None, Field(gt=0, le=1)] = None
    """The share of contacts expected to say yes, above 0 and at most 1. Needs `risk`."""
    risk: Annotated[float | None, Field(gt=0, lt=1)] = None
    """The accepted probability of more yes than room, between 0 and 1. Needs `take_up`."""
    stage: Annotated[Stage, Field(strict=False)] = Stage.STOCK
    """The stage of the reason."""
    moment: Annotated[Moment, Field(strict=False)]
    """The moment of truth that it protects."""
    pain: Text
    """What the customer would have felt."""
    reason: Texts
    """The sentence for whoever asks why, by language."""
    remedy: Texts | None = None
    """What would have to change, by language."""


class RuleFile(_Part):
    """One file under rules/: any of the four lists."""

    rules: list[RuleDocument] = []
    """What must be true for a contact to be made."""
    signals: list[SignalDocument] = []
    """Named conditions that block nothing by themselves; decisions build on them."""
    decisions: list[DecisionDocument] = []
    """Rules about rules: each waives, proposes, blocks or raises a signal."""
    pools: list[PoolDocument] = []
    """Finite things that contacts draw on, one unit each: stock, ports, one call per customer."""
