"""JSON Schema as an editor applies it to what people write in YAML."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from adapters.cli.schema import schemas


@cache
def validator(kind: str) -> Draft202012Validator:
    """The schema of `rules`, `tests` or `config`."""
    return Draft202012Validator(json.loads(schemas()[kind]))


def as_json(value: Any) -> Any:
    """A YAML value as an editor sees it: dates and moments are texts."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
