"""docs/reference/ and schemas/ are what the code says, and every example in them is accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.config.load import load_settings
from engine.diagnostics import Diagnostic, Place
from engine.language.condition import parse_condition
from engine.language.functions import ARITHMETIC, FUNCTIONS, QUANTIFIERS, REFUSED
from engine.language.vocabulary import Vocabulary
from scripts.reference import ROOT, written
from scripts.reference_functions import SAYS


@pytest.fixture(scope="module")
def texts() -> dict[Path, str]:
    """What the script would write."""
    return written()


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_settings(ROOT / "config.yaml").vocabulary


def test_what_the_script_writes_is_fresh(texts: dict[Path, str]) -> None:
    stale = [path.name for path, text in texts.items() if path.read_text("utf-8") != text]
    assert not stale, "run scripts/reference.py"


def test_nothing_in_the_reference_is_left_from_before(texts: dict[Path, str]) -> None:
    for folder in ("docs/reference", "schemas"):
        assert set((ROOT / folder).iterdir()) <= set(texts)


def test_every_function_there_is_is_told_and_no_other() -> None:
    assert set(SAYS) == {"has", *FUNCTIONS, *QUANTIFIERS}
    text = (ROOT / "docs" / "reference" / "functions.md").read_text("utf-8")
    for name in (*SAYS, *REFUSED):
        assert f"\n| `{name}` |" in text
    for sign in ARITHMETIC:
        assert f"\n| `{'-' if sign == 'negate' else sign}` |" in text


@pytest.mark.parametrize("name", SAYS)
def test_the_example_of_a_function_uses_it_and_is_accepted(
    name: str, vocabulary: Vocabulary
) -> None:
    _, example = SAYS[name]
    assert re.search(rf"\b{name}\(", example)
    found = parse_condition(example, Place("docs/reference/functions.md"), vocabulary)
    assert not isinstance(found, Diagnostic), found.render()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_said_to_be_refused_is(name: str, vocabulary: Vocabulary) -> None:
    for text in (f"candidate.email.{name}() == 1", f"{name}(candidate.email) == 1"):
        found = parse_condition(text, Place("docs/reference/functions.md"), vocabulary)
        assert isinstance(found, Diagnostic), text
