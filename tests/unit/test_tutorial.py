"""docs/tutorial.md, played from an empty folder: every command says what the page shows."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from scripts.tutorial import PAGE, Output, play
from tests.support.recipes import fences


@pytest.mark.pages
def test_every_command_says_what_the_page_shows(tmp_path: Path) -> None:
    outputs = list(play(PAGE.read_text("utf-8"), tmp_path))
    assert len(outputs) > 10
    for output in outputs:
        assert output.fits, f"{output.commands}\nsays\n\n{output.said}\nnot\n\n{output.shown}"


def test_every_block_is_a_file_a_command_or_what_it_says() -> None:
    marks = [mark for mark, _ in fences(PAGE.read_text("utf-8"))]
    assert all(m in {"sh", "text"} or re.fullmatch(r"yaml [\w./]+\.yaml", m) for m in marks)
    # A command without its answer beside it would not be looked at.
    for before, after in pairwise(marks):
        assert before != "sh" or after == "text"


def test_an_answer_fits_when_only_the_left_out_differs() -> None:
    def output(shown: str, said: str) -> bool:
        return Output("", 0, 0, shown, said).fits

    assert output("a\n…\nb\n", "a\nx\ny\nb\n")
    assert output("a\n…\nb\n", "a\nb\n")
    assert output("run …, as of 1\n", "run 123, as of 1   \n")
    assert not output("a\n…\nb\n", "a\nx\n")
    assert not output("a\n", "a\nb\n")
    assert not output("1.5\n", "1x5\n")
    assert not output("a … b\n", "a\nb\n")
