"""The shape of what people write, as JSON Schema: editors complete, explain and underline with it.

A schema tells what one file can tell of itself. Facts, conditions and names of other files are
for `upfront validate`.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import CoreSchema, core_schema

from engine.language.ruleset import Stage

Schema = dict[str, Any]
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SOMETHING = r"\S"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
    r"([Zz]|[+-][0-9]{2}:?[0-9]{2})$"
)


def given(key: str) -> Schema:
    """What holds where `key` is written and is not null."""
    return {"required": [key], "properties": {key: {"not": {"type": "null"}}}}


def exactly_one(*keys: str) -> Schema:
    """What holds where one of the keys is given, and no other of them."""
    return {"oneOf": [given(key) for key in keys]}


def both_or_none(left: str, right: str) -> Schema:
    """What holds where the two keys are given together or not at all."""
    return {"oneOf": [{"allOf": [given(left), given(right)]}, neither(left, right)]}


def neither(*keys: str) -> Schema:
    """What holds where none of the keys is given."""
    return {"not": {"anyOf": [given(key) for key in keys]}}


def whenever(key: str, value: Any, then: Schema) -> Schema:
    """What holds where `then` does, or `key` does not have this value."""
    return {"if": {"required": [key], "properties": {key: {"const": value}}}, "then": then}


def _id_of(stage: Stage) -> Schema:
    return whenever("stage", str(stage), {"properties": {"id": {"pattern": rf"^{stage}\."}}})


RULES: Mapping[str, Sequence[Schema]] = {
    "RuleDocument": [
        whenever("legal", True, {"properties": {"on_unknown": {"const": "block"}}}),
        *(_id_of(stage) for stage in Stage),
    ],
    "GivenDocument": [{"anyOf": [given(key) for key in ("signal", "failed", "passed")]}],
    "DecisionDocument": [exactly_one("waive", "propose", "block", "signal")],
    "PoolDocument": [both_or_none("take_up", "risk")],
}
"""What a rule file has to keep to beyond the types of its keys, by model."""

TESTS: Mapping[str, Sequence[Schema]] = {"TestDocument": [exactly_one("expect", "list")]}
"""What a file of tests has to keep to beyond them."""


def json_schema(
    model: type[BaseModel], title: str, beyond: Mapping[str, Sequence[Schema]]
) -> Schema:
    """The JSON Schema (draft 2020-12) of documents of `model`, with a description of every key.

    `beyond` has, by the model's name, what must hold besides the types of its keys.
    """
    found = model.model_json_schema(schema_generator=_Generator)
    parts = {model.__name__: found, **found.get("$defs", {})}
    for name, rules in beyond.items():
        parts[name]["allOf"] = list(rules)
    return {"$schema": _DRAFT, "title": title, **found}


class _Generator(GenerateJsonSchema):
    """pydantic's own, without titles made of names, and as strict as the models are."""

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> Schema:
        found = super().generate(schema, mode)
        _close(found)
        return found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        found, model = _untitled(super().model_schema(schema)), schema["cls"]
        said = dict(_said(model))
        for name, field in model.model_fields.items():
            if name in said:
                found["properties"][field.alias or name]["description"] = said[name]
        return found

    def enum_schema(self, schema: core_schema.EnumSchema) -> Schema:
        return _untitled(super().enum_schema(schema))

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        found = super().default_schema(schema)
        if found.get("default") in (None, [], {}):
            # Says no more than that the key may be left out.
            found.pop("default", None)
        return found

    def str_schema(self, schema: core_schema.StringSchema) -> Schema:
        found = super().str_schema(schema)
        if schema.get("strip_whitespace") and found.pop("minLength", None):
            found["pattern"] = _SOMETHING
        return found

    def date_schema(self, schema: core_schema.DateSchema) -> Schema:
        return {**super().date_schema(schema), "pattern": _DATE}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> Schema:
        return {**super().datetime_schema(schema), "pattern": _MOMENT}


def _said(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """What stands below each key of the model, the inherited first.

    pydantic can find it too, but does so for every command, and reads all the models' code for it.
    """
    for part in reversed(model.__mro__[: model.__mro__.index(BaseModel)]):
        (written,) = ast.parse(inspect.getsource(part)).body
        for key, below in pairwise(getattr(written, "body", [])):
            match key, below:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    yield name, inspect.cleandoc(text)


def _untitled(found: Schema) -> Schema:
    found.pop("title", None)
    return found


def _close(part: Any) -> None:
    """Keys that match no pattern are as unknown as any other."""
    if isinstance(part, dict):
        if "patternProperties" in part:
            part.setdefault("additionalProperties", False)
        for inner in part.values():
            _close(inner)
    elif isinstance(part, list):
        for inner in part:
            _close(inner)
