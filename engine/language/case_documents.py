"""The shape of `*.test.yaml` files, as pydantic models: what an author of tests may write.

Only the shape is checked here; facts, values and names are checked in `engine.language.cases`.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MOST_ALIKE = 1000


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("this moment needs a time zone: end it with Z or +01:00")
    if not MINYEAR < value.year < MAXYEAR:
        # Elsewhere it may be a year that no calendar here has.
        raise ValueError("a clock shows a year from 2 to 9998")
    return value


Moment = Annotated[datetime, AfterValidator(_aware)]
OutcomeWord = Literal["passed", "failed", "unknown", "not-applicable"]
Names = Annotated[
    list[str],
    BeforeValidator(
        lambda v: [] if v is None else _as_list(v), json_schema_input_type=str | list[str] | None
    ),
]
BySource = dict[str, dict[str, Any] | None]


class _Part(BaseModel):
    # The text below a key is what editors and docs/reference/ say of it: `schema.py` reads it.
    model_config = ConfigDict(extra="forbid", strict=True)


class Expectation(_Part):
    """What a test expects; keys that are not given are not compared.

    If any of `failed`, `unknown`, `decision`, `no_room` is given, the reasons of the candidate
    must be exactly those listed in the four.
    """

    verdict: Literal["allowed", "blocked"] | None = None
    """Whether the contact may be made."""
    cause: Literal["failed", "unknown", "decision", "no-room", "duplicate"] | None = None
    """Why it is blocked: the cause of the first reason."""
    failed: Names | None = None
    """Rules that block because they failed. With any of `failed`, `unknown`, `decision` and `no_room`, the reasons must be exactly those listed in the four."""
    unknown: Names | None = None
    """Rules that block because nobody can tell."""
    decision: Names | None = None
    """Decisions that block."""
    no_room: Names | None = None
    """Pools that have no room; `duplicate` is the one that is always there."""
    waived: Names | None = None
    """Exactly the rules that would have blocked and were waived."""
    proposed: Names | None = None
    """Exactly the offers that decisions propose."""
    warned: Names | None = None
    """Exactly the rules with `severity: warn` that failed or are unknown."""
    passed: Names | None = None
    """Rules that passed; others are not looked at."""
    not_applicable: Names | None = None
    """Rules that do not apply; others are not looked at."""
    outcome: dict[str, OutcomeWord] | None = None
    """What rules said, by their id, whether they block or not; others are not looked at."""
    says: dict[str, str] | None = None
    """Reasons that must be there, by the id of what blocks, with their sentence in the first language."""

    def rule_names(self) -> dict[str, list[str]]:
        """The ids that each key names (offers are no ids)."""
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
        named = {key: getattr(self, key) or [] for key in keys}
        return {**named, "outcome": [*(self.outcome or ())], "says": [*(self.says or ())]}


class CandidateDocument(_Part):
    """One candidate of a test with several, or some that are alike."""

    name: Annotated[str, Field(min_length=1)] | None = None
    """What to call it where the test fails."""
    times: Annotated[int, Field(ge=1, le=MOST_ALIKE)] = 1
    """How many candidates like this one stand in the list."""
    given: BySource = {}
    """What is different about this candidate: values by source and field."""
    unknown: Names = []
    """Facts or whole sources that could not be looked up for this candidate."""
    expect: Expectation
    """What must come out for it, and for each one like it."""


class TestDocument(_Part):
    """One test: of one candidate, with `expect`, or of several in one `list`."""

    __test__ = False

    name: Annotated[str, Field(min_length=1)]
    """What must be true, as a sentence."""
    as_of: Moment | None = None
    """The clock of this test, if it is not that of the file."""
    given: BySource = {}
    """What this test changes of `base`: values by source and field. `null` makes a fact absent."""
    unknown: Names = []
    """Facts (`line.technology`) or whole sources (`line`) that could not be looked up."""
    expect: Expectation | None = None
    """What must come out."""
    list_: Annotated[
        Annotated[list[CandidateDocument], Field(min_length=1)] | None, Field(alias="list")
    ] = None
    """Candidates of one list, which share the room of pools. Each is somebody else, unless `given` names its customer_id."""


class EquivalentDocument(_Part):
    """A change of the rulebook that no test can notice, and why not."""

    rule: Annotated[str, Field(min_length=1)]
    """The id of the rule, signal, decision or pool that is changed."""
    mutant: Annotated[str, Field(min_length=1)]
    """What it is changed to, as `upfront test --mutate` says it."""
    because: Annotated[str, Field(min_length=1)]
    """Why the changed rulebook does the same."""


class TestFileDocument(_Part):
    """A file of tests."""

    __test__ = False

    as_of: Moment
    """The clock of the tests, with its time zone: 2026-03-02T09:30:00+01:00."""
    base: BySource = {}
    """The facts of a good candidate: values by source and field. Facts that nobody mentions are absent."""
    tests: Annotated[list[TestDocument], Field(min_length=1)]
    """The tests; each changes a little of `base`."""
    equivalent: list[EquivalentDocument] = []
    """Changes that `upfront test --mutate` need not list, since they change nothing."""
