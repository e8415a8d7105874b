"""docs/reference/ of what people write: a page for rule files, tests and config.yaml each.

The pages are made of the same schemas that editors use, so of the models themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.cli.schema import schemas

Schema = Mapping[str, Any]

_TITLES = {"rules": "Rule files", "tests": "Tests of rules", "config": "config.yaml"}
_LEADS = {
    "rules": "What may stand in a file under `rules/`. [Writing rules](../rules.md) explains it with "
    "examples, the [cookbook](../cookbook.md) has more of them.",
    "tests": "What may stand in a `*.test.yaml`. [Testing rules](../testing-rules.md) explains it.",
    "config": "What may stand in `config.yaml`. [Configuration](../configuration.md) explains it.",
}
_NAMES = {
    "RuleDocument": "A rule",
    "SignalDocument": "A signal",
    "GivenDocument": "`given` of a decision",
    "BlockDocument": "`block` of a decision",
    "DecisionDocument": "A decision",
    "PoolDocument": "A pool",
    "TestDocument": "A test",
    "CandidateDocument": "A candidate of a `list`",
    "Expectation": "`expect`",
    "EquivalentDocument": "`equivalent`",
    "CandidatesDocument": "`candidates`",
    "ListDocument": "`read` of the list",
    "IdentityDocument": "An identity",
    "FieldDocument": "A field",
    "ContactAtDocument": "`contact_at`",
    "SourceDocument": "A source",
    "ReadDocument": "`read` of a source",
    "LogDocument": "`history`: where a contact log is read from",
    "LoggedAtDocument": "`at` of a contact log",
    "CountDocument": "`count` of a contact log",
    "PhoneDocument": "`phone`",
    "CalendarDocument": "`calendar`",
    "ContactWindowDocument": "`contact_window`",
    "Tmf645Document": "`tmf645`",
    "Tmf679Document": "`tmf679`",
    "Tmf687Document": "`tmf687`",
    "AuthDocument": "`auth` of a service",
    "OAuth2Document": "`oauth2`",
    "AsOfDocument": "`as_of` of a source",
    "OutputDocument": "`output`",
    "CellDocument": "A column of a dialer's file",
}
_PATTERNS = {
    "^([0-9]+)(s|m|h|d|w)$": "an age, like `4h`",
    "^[0-9]{1,2}(\\.[0-9]{1,6})?%$": "a share, like `10%`",
}
_KINDS = {"integer": "whole number", "number": "number", "boolean": "`true` or `false`"}


def pages() -> dict[str, str]:
    """The text of each page by the name of its file."""
    return {f"{kind}.md": page(kind, json.loads(text)) for kind, text in schemas().items()}


def page(kind: str, schema: Schema) -> str:
    """One page: the file itself, then every group of keys in the order in which it is reached."""
    writer = _Writer(schema["$defs"])
    editors = (
        f"Editors use the same as [JSON Schema](../../schemas/{kind}.schema.json); "
        f"`upfront schema {kind}` prints it."
    )
    parts = [
        f"# Reference: {_TITLES[kind]}",
        "",
        "This page is written by `scripts/reference.py` from the code; do not edit it.",
        "",
        _LEADS[kind],
        "",
        editors,
        "",
        "## The file",
        "",
        *writer.table(schema),
    ]
    for name in _reached(schema):
        group = schema["$defs"][name]
        if "properties" in group:
            parts += ["", f"## {_NAMES[name]}", "", _prose(group["description"]), ""]
            parts += writer.table(group)
    return "\n".join(parts) + "\n"


def _reached(schema: Schema) -> Iterator[str]:
    """Names of groups, outermost first."""
    waiting, seen = _references(schema.get("properties", {})), set[str]()
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            yield name
            seen.add(name)
            waiting += _references(schema["$defs"][name].get("properties", {}))


def _references(part: Any) -> list[str]:
    if isinstance(part, Mapping):
        here = [_name(part)] if "$ref" in part else []
        return here + [name for inner in part.values() for name in _references(inner)]
    if isinstance(part, list):
        return [name for inner in part for name in _references(inner)]
    return []


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]


class _Writer:
    def __init__(self, groups: Schema) -> None:
        self._groups = groups

    def table(self, group: Schema) -> Iterator[str]:
        yield "| key | needed | is | default | says |"
        yield "|---|---|---|---|---|"
        for key, schema in group["properties"].items():
            needed = "yes" if key in group.get("required", ()) else ""
            said = _prose(schema["description"])
            cells = (f"`{key}`", needed, self._kind(schema), _default(schema), said)
            line = " | ".join(cell.replace("|", "\\|") for cell in cells)
            yield f"| {line} |".replace("|  |", "| |").replace("|  |", "| |")

    def _kind(self, schema: Schema) -> str:
        """What a value may be, in a few words."""
        if "anyOf" in schema:
            kinds = [self._kind(one) for one in schema["anyOf"] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
        if "$ref" in schema:
            name = _name(schema)
            if name not in _NAMES:
                return self._kind(self._groups[name])
            title = _NAMES[name]
            return f"[{title[0].lower()}{title[1:]}](#{_anchor(title)})"
        if "const" in schema:
            return f"`{schema['const']}`"
        if "enum" in schema:
            return ", ".join(f"`{one}`" for one in schema["enum"])
        return self._plain(schema)

    def _plain(self, schema: Schema) -> str:
        match schema.get("type"):
            case "string" if schema.get("format") == "date":
                return "a day, like `2026-03-31`"
            case "string" if schema.get("format") == "date-time":
                return "a moment, like `2026-03-31T09:00:00+02:00`"
            case "string":
                return _PATTERNS.get(schema.get("pattern", ""), "text")
            case "array":
                return f"list of {self._kind(schema['items'])}"
            case "object":
                inner = schema.get("additionalProperties")
                inner = inner or next(iter(schema.get("patternProperties", {}).values()), {})
                if inner in ({}, True):
                    return "values by name"
                return f"by name: {self._kind(inner)}"
            case str(kind):
                return _KINDS[kind]
        return "any value"


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value is None:
        return ""
    if isinstance(value, Mapping):
        given = {key: inner for key, inner in value.items() if inner is not None}
        return f"`{{{', '.join(f'{key}: {inner}' for key, inner in given.items())}}}`"
    return f"`{json.dumps(value) if isinstance(value, bool) else value}`"


def _prose(text: str) -> str:
    return " ".join(text.split())


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower() if c.isalnum() or c in " -_").replace(" ", "-")
