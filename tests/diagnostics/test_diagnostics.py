"""Every mistake of the corpus is told as it is written down beside it: place, caret, words, hint.

`rules/`, `config/` and `tests/` hold one wrong file each, named after its code, and in the `.txt`
beside it what its author is told. `config.yaml` has the facts that they may speak of.
With UPFRONT_WRITE_EXPECTED=1 the `.txt` files are written anew: read what changed in them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from adapters.config.files import decoded
from adapters.config.load import Settings, load_settings
from engine.diagnostics import Diagnostic, RefusedDocuments
from engine.language.cases import read_cases
from engine.language.load import RuleText, check_rules, load_rules
from engine.language.ruleset import Ruleset

HERE = Path(__file__).parent
FILES = [
    path for kind in ("rules", "config", "tests") for path in sorted(HERE.glob(f"{kind}/*.yaml"))
]
WRITE = "UPFRONT_WRITE_EXPECTED" in os.environ


@cache
def settings() -> Settings:
    return load_settings(HERE / "config.yaml")


@cache
def good() -> Ruleset:
    text = (HERE / "good.yaml").read_text(encoding="utf-8")
    known = settings()
    return load_rules([RuleText("good.yaml", text)], known.vocabulary, known.config.languages)


def problems(path: Path) -> tuple[str, Sequence[Diagnostic]]:
    """The text of a wrong file, and what is said of it."""
    name, content = path.name, path.read_bytes()
    text = decoded(name, content)
    if isinstance(text, Diagnostic):
        return content.decode("utf-8", "replace"), [text]
    match path.parent.name:
        case "config":
            try:
                load_settings(path)
            except RefusedDocuments as refused:
                return refused.texts[name], refused.diagnostics
            return text, []
        case "tests":
            zone = settings().config.time_zone
            return text, read_cases(name, text, settings().vocabulary, good(), zone)[1]
    known = settings()
    return text, check_rules([RuleText(name, text)], known.vocabulary, known.config.languages)[1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_wrong_file_is_told_exactly_so(path: Path) -> None:
    text, found = problems(path)
    refused = RefusedDocuments(found, {path.name: text})
    assert path.stem.split(".")[0] in {d.code for d in found}, str(refused)
    expected = path.with_suffix(".txt")
    if WRITE:
        expected.write_text(f"{refused}\n", encoding="utf-8")
    assert f"{refused}\n" == expected.read_text(encoding="utf-8")


def test_the_corpus_is_large_and_complete() -> None:
    assert len([path for path in FILES if path.parent.name == "rules"]) >= 150
    stray = {
        p.with_suffix(".yaml")
        for kind in ("rules", "config", "tests")
        for p in HERE.glob(f"{kind}/*.txt")
    }
    assert stray <= set(FILES)
