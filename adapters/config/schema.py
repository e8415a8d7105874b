"""What config.yaml has to keep to beyond the types of its keys, in the words of JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.language.schema import Schema, exactly_one, given, neither, whenever

_LISTS = "list<string>"
_COMMA: Schema = {"required": ["decimal"], "properties": {"decimal": {"const": ","}}}


def _field(*, untyped: Schema) -> Sequence[Schema]:
    """Keys that belong to some types only; `untyped` is what a field without a type must be."""
    dated: Schema = {"properties": {"type": {"enum": ["date", "timestamp"]}}}
    listed: Schema = {**untyped, "properties": {"type": {"const": _LISTS}}}
    number: Schema = {**untyped, "properties": {"type": {"const": "number"}}}
    return [
        {"anyOf": [neither("format"), dated]},
        {"anyOf": [neither("separator"), listed]},
        {"anyOf": [{"not": _COMMA}, number]},
        whenever("type", _LISTS, given("separator")),
    ]


CONFIG: Mapping[str, Sequence[Schema]] = {
    "FieldDocument": _field(untyped={}),
    # Without a type it is a timestamp, which has neither a separator nor a decimal sign.
    "ContactAtDocument": _field(untyped={"required": ["type"]}),
    "IdentityDocument": [exactly_one("columns", "value")],
    "ReadDocument": [
        {
            "oneOf": [
                {"allOf": [given("file"), neither("sql", "table", "query")]},
                {"allOf": [given("sql"), neither("file"), exactly_one("table", "query")]},
            ]
        }
    ],
    "AsOfDocument": [exactly_one("column", "file", "value", "env", "sql")],
}
