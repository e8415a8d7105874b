"""The page of each code: its wrong example is warned of, its right one is not."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.command_line import ROOT
from tests.support.linted import lint_texts

PAGES = sorted((ROOT / "docs/codes").glob("lint-*.md"))
LANGUAGES = ("en", "it", "es", "ca")
_SENTENCE = dict.fromkeys(LANGUAGES, "…")
_DEFAULTS: dict[str, dict[str, Any]] = {
    "rules": {"title": "…", "owner": "…", "moment": "FMOT", "pain": "…", "reason": _SENTENCE},
    "signals": {},
    "decisions": {"owner": "…", "because": _SENTENCE},
    "pools": {"title": "…", "owner": "…", "moment": "FMOT", "pain": "…", "reason": _SENTENCE},
}


def codes_of(page: str, heading: str) -> set[str]:
    """What lint says of the example under a heading, the keys that pages leave out filled in."""
    part = page.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    rules, *tests = re.findall(r"```yaml\n(.*?)```", part, re.DOTALL)
    document = yaml.safe_load(rules)
    for kind, items in document.items():
        for item in items:
            for key, value in _DEFAULTS[kind].items():
                item.setdefault(key, deepcopy(value))
            if kind == "rules":
                item.setdefault("stage", item["id"].split(".")[0])
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    report = lint_texts(
        text, tests=tests, languages=LANGUAGES, now=datetime(2026, 3, 2, 9, tzinfo=UTC)
    )
    return {f.diagnostic.code for f in report.findings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_shows_what_is_warned_of_and_how_to_mend_it(path: Path) -> None:
    page = path.read_text("utf-8")
    assert page.startswith(f"# `{path.stem}`\n")
    assert path.stem in codes_of(page, "Wrong")
    assert path.stem not in codes_of(page, "Right")


def test_every_code_has_a_page() -> None:
    source = "".join(p.read_text("utf-8") for p in (ROOT / "engine/language/lint").glob("*.py"))
    assert set(re.findall(r'"(lint-[a-z-]+)"', source)) == {path.stem for path in PAGES}
