"""The pages of docs/codes/: their examples, and what the program says of them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from adapters.config.load import Settings, doubts, load_project, load_settings
from engine.diagnostics import Diagnostic, RefusedDocuments
from engine.language.cases import read_cases
from engine.language.load import RuleText, check_rules, load_rules
from tests.support.command_line import write

ROOT = Path(__file__).parents[2]
CODES = ROOT / "docs" / "codes"
_BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
_NAMES = {"rules": "rules/example.yaml", "test": "rules/example.test.yaml", "config": "config.yaml"}
_RULE = """\
rules:
  - id: stock.some-left
    title: There are some
    owner: device-marketing
    stage: stock
    require: stock.available > 0
    moment: FMOT
    pain: withdrawn.out-of-stock
    reason: {en: "{stock.available} left"}
"""


@dataclass(frozen=True)
class Page:
    """One page; examples are empty where a file's text can't show the mistake."""

    code: str
    text: str
    kind: str
    wrong: str
    said: str
    right: str


def read_page(path: Path) -> Page:
    """A page by its parts; the kind of its examples stands behind `yaml`."""
    text = path.read_text(encoding="utf-8")
    _, _, rest = text.partition("\n## Wrong\n")
    wrong, _, right = rest.partition("\n## Right\n")
    first, second = list(_BLOCK.finditer(wrong)), list(_BLOCK.finditer(right))
    if not rest:
        return Page(path.stem, text, "", "", "", "")
    kind = first[0]["info"].removeprefix("yaml").strip() or "rules"
    said = first[1]["body"] if len(first) > 1 else ""
    return Page(path.stem, text, kind, first[0]["body"], said, second[0]["body"])


@cache
def shipped() -> Settings:
    return load_settings(ROOT / "config.yaml")


def problems_of_example(kind: str, text: str) -> tuple[Sequence[Diagnostic], Mapping[str, str]]:
    """What is said of an example, and of which text: rules and tests know the shipped facts."""
    name, known = _NAMES[kind], shipped()
    if kind == "rules":
        found = check_rules([RuleText(name, text)], known.vocabulary, known.config.languages)[1]
        return sorted(found), {name: text}
    if kind == "test":
        none = load_rules([], known.vocabulary, known.config.languages)
        found = read_cases(name, text, known.vocabulary, none, known.config.time_zone)[1]
        return sorted(found), {name: text}
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), {name: text, "rules/a.yaml": _RULE, "stock.csv": "sku\n"})
        try:
            return doubts(load_project(root / name)), {name: text}
        except RefusedDocuments as refused:
            return refused.diagnostics, refused.texts


def shown(code: str, found: Sequence[Diagnostic], texts: Mapping[str, str]) -> str:
    """What the program prints of this code."""
    return "\n".join(problem.render(texts) for problem in found if problem.code == code)
