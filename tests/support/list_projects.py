"""Projects by which lists are read, and screened by one rule: every cell can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from adapters.config.candidates import CandidatesDocument
from adapters.config.load import Project, load_project

CANDIDATES: dict[str, Any] = {
    "id": "lead",
    "customer": "customer",
    "offer": {"value": "FIBRE"},
    "fields": {"phone": "string", "balance": "number", "signed_on": "date"},
}
IDENTITIES = ("id", "customer", "offer", "channel")


@cache
def _base() -> Project:
    return reading_project(("candidate_id",), {})


def project_for(candidates: Mapping[str, Any]) -> Project:
    """A project by which a list can be read, with what is said of it beside CANDIDATES."""
    base = _base()
    said = CandidatesDocument.model_validate({**CANDIDATES, **candidates})
    return replace(base, config=base.config.model_copy(update={"candidates": said}))


def reading_project(names: Iterable[str], fields: Mapping[str, Any]) -> Project:
    """A project whose one rule blocks whoever has a fact of these `names` that can't be read."""
    rule = {
        "id": "data.can-be-read",
        "title": "Every cell can be read",
        "owner": "tests",
        "stage": "data",
        "require": [f"has(candidate.{name}) || !has(candidate.{name})" for name in names],
        "moment": "FMOT",
        "pain": "wrong-person",
        "reason": {"en": "a cell can't be read"},
    }
    config = {
        "version": 1,
        "rules": ["rules.yaml"],
        "languages": ["en"],
        "time_zone": "Europe/Rome",
        "candidates": {
            **{part: part for part in IDENTITIES},
            "contact_at": "contact_at",
            "fields": fields,
        },
    }
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rules.yaml").write_text(as_yaml({"rules": [rule]}), "utf-8")
        (folder / "config.yaml").write_text(as_yaml(config), "utf-8")
        return load_project(folder / "config.yaml")


class _Plain(yaml.SafeDumper):
    """Writes out what stands in two places twice, and every text on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Plain, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Plain.add_representer(str, _text)


def as_yaml(document: object, *, flow: bool = False) -> str:
    """A document in YAML, its long lines whole."""
    return yaml.dump(
        document,
        Dumper=_Plain,
        allow_unicode=True,
        sort_keys=False,
        width=100_000,
        default_flow_style=flow,
    )
