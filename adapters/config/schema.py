"""What config.yaml has to keep to beyond the types of its keys, in the words of JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.config.computed import KINDS
from adapters.config.databases import DatabaseKeys
from adapters.config.history import HistoryKeys
from adapters.config.preset import NEEDED, PRESETS, preset
from adapters.config.services import SERVICES
from engine.language.schema import (
    Schema,
    both_or_none,
    exactly_one,
    given,
    neither,
    whenever,
)

_LISTS = "list<string>"
_COMMA: Schema = {"required": ["decimal"], "properties": {"decimal": {"const": ","}}}


_BESIDE = [name for name in HistoryKeys.model_fields if name != "history"]
_DATABASE = {"allOf": [given("sql"), exactly_one("table", "query")]}
_FILE_OR_DATABASE: Schema = {
    "oneOf": [
        {"allOf": [given("file"), neither(*DatabaseKeys.model_fields)]},
        {"allOf": [_DATABASE, neither("file")]},
    ]
}


def _field(*, untyped: Schema) -> Sequence[Schema]:
    """Keys that belong to some types only; `untyped` is what a field without a type must be."""
    dated: Schema = {"properties": {"type": {"enum": ["date", "timestamp"]}}}
    listed: Schema = {**untyped, "properties": {"type": {"const": _LISTS}}}
    number: Schema = {**untyped, "properties": {"type": {"const": "number"}}}
    yes_or_no: Schema = {**untyped, "properties": {"type": {"const": "boolean"}}}
    return [
        {"anyOf": [neither("format"), dated]},
        {"anyOf": [neither("separator"), listed]},
        {"anyOf": [{"not": _COMMA}, number]},
        whenever("type", _LISTS, given("separator")),
        {"anyOf": [neither("true_is", "false_is"), yes_or_no]},
        {"anyOf": [neither("count"), {**untyped, "properties": {"type": {"const": "integer"}}}]},
        {"anyOf": [neither("last"), {"properties": {"type": {"const": "timestamp"}}}]},
    ]


def _unless_preset() -> Sequence[Schema]:
    """What `candidates` has to say where its preset does not."""
    return [
        {"anyOf": [given("preset"), {"required": list(NEEDED)}]},
        *(
            whenever(
                "preset", name, {"required": [key for key in NEEDED if key not in preset(name)]}
            )
            for name in PRESETS
        ),
    ]


CONFIG: Mapping[str, Sequence[Schema]] = {
    "FieldDocument": _field(untyped={}),
    # Without a type it is a timestamp, which has neither a separator nor a decimal sign.
    "ContactAtDocument": _field(untyped={"required": ["type"]}),
    "CandidatesDocument": _unless_preset(),
    "CellDocument": [exactly_one("column", "value")],
    "IdentityDocument": [exactly_one("columns", "value")],
    "ReadDocument": [
        exactly_one("file", "sql", "history", *KINDS, *SERVICES),
        {"anyOf": [neither("sql"), exactly_one("table", "query")]},
        {"anyOf": [neither("table", "query", "timeout"), given("sql")]},
        {"anyOf": [neither(*_BESIDE), given("history")]},
        {"anyOf": [neither("history"), given("at")]},
        {"anyOf": [neither("refusals"), given("result")]},
    ],
    "LogDocument": [_FILE_OR_DATABASE],
    "ListDocument": [_FILE_OR_DATABASE],
    "OutputDocument": [
        both_or_none("sql", "table"),
        {"anyOf": [neither("timeout"), given("sql")]},
    ],
    "CountDocument": [exactly_one("within", "calendar")],
    "AuthDocument": [exactly_one("bearer", "oauth2")],
    "AsOfDocument": [exactly_one("column", "file", "value", "env", "sql")],
}
