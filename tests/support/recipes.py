"""Examples of the docs: the fenced blocks of a page, and a project to try them in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from engine.language.text import read_yaml
from tests.support.command_line import ROOT, write

_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def fences(text: str) -> list[tuple[str, str]]:
    """Every fenced block: what stands behind the backticks, and its body."""
    return _FENCE.findall(text)


def headed(text: str) -> dict[str, str]:
    """What stands under each heading of the second level."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def starter_with(*changes: str) -> str:
    """The starter's config.yaml with more facts: fields and whole sources are added."""
    found = read_yaml("config.yaml", (ROOT / "config.yaml").read_text("utf-8")).value
    for change in changes:
        added: dict[str, Any] = read_yaml("change.yaml", change).value
        found["candidates"]["fields"].update(added.get("candidates", {}).get("fields", {}))
        found["sources"].update(added.get("sources", {}))
    return yaml.safe_dump(found, sort_keys=False, allow_unicode=True)


def project_of(folder: Path, rules: str, tests: str, *config: str) -> Path:
    """A project with nothing but these rules and tests; returns its config.yaml."""
    names = {"rules/recipe.yaml": rules, "rules/recipe.test.yaml": tests}
    return write(folder, {"config.yaml": starter_with(*config), **names}) / "config.yaml"
