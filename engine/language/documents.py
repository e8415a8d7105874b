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
Conditions = Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)]
Names = Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=False)


class RuleDocument(_Part):
    """A condition that must be true for the contact to be made."""

    id: Id
    title: Text
    owner: Text
    stage: Annotated[Stage, Field(strict=False)]
    applies: Conditions | None = None
    require: Conditions
    moment: Annotated[Moment, Field(strict=False)]
    pain: Text
    reason: Texts
    remedy: Texts | None = None
    from_: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None
    mode: Literal["enforce", "shadow"] = "enforce"
    severity: Literal["block", "warn"] = "block"
    on_unknown: Literal["block", "allow"] = "block"
    legal: bool = False
    source: Text | None = None


class SignalDocument(_Part):
    """A named condition that blocks nothing by itself."""

    id: Id
    title: Text | None = None
    when: Conditions | None = None


class GivenDocument(_Part):
    """What must hold for a decision: all of the names, or `at_least` that many."""

    signal: Names | None = None
    failed: Names | None = None
    passed: Names | None = None
    at_least: Annotated[int | None, Field(ge=1)] = None


class BlockDocument(_Part):
    """What a blocking decision says of the contact it prevents."""

    stage: Annotated[Stage, Field(strict=False)]
    moment: Annotated[Moment, Field(strict=False)]
    pain: Text
    reason: Texts
    remedy: Texts | None = None


class DecisionDocument(_Part):
    """A rule about rules, with exactly one of waive, propose, block and signal."""

    id: Id
    title: Text | None = None
    owner: Text | None = None
    given: GivenDocument
    waive: Names | None = None
    propose: Text | None = None
    block: BlockDocument | None = None
    signal: Text | None = None
    because: Texts | None = None


class PoolDocument(_Part):
    """Something finite that contacts draw on, one unit each."""

    id: Id
    title: Text
    owner: Text | None = None
    applies: Conditions | None = None
    per: Names
    limit: int | Text
    order: Names | None = None
    take_up: Annotated[float | None, Field(gt=0, le=1)] = None
    risk: Annotated[float | None, Field(gt=0, lt=1)] = None
    stage: Annotated[Stage, Field(strict=False)] = Stage.STOCK
    moment: Annotated[Moment, Field(strict=False)]
    pain: Text
    reason: Texts
    remedy: Texts | None = None


class RuleFile(_Part):
    """One file under rules/: any of the four lists."""

    rules: list[RuleDocument] = []
    signals: list[SignalDocument] = []
    decisions: list[DecisionDocument] = []
    pools: list[PoolDocument] = []
