"""docs/cookbook.md: every recipe loads by itself, does what its tests say, and gets on with all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.command_line import ROOT, upfront
from tests.support.recipes import fences, headed, project_of, starter_with

PAGE = (ROOT / "docs" / "cookbook.md").read_text("utf-8")
RECIPES = headed(PAGE)


def block(recipe: str, kind: str) -> str:
    (found,) = [body for info, body in fences(RECIPES[recipe]) if info == f"yaml {kind}"]
    return found


def config(recipe: str) -> list[str]:
    return [body for info, body in fences(RECIPES[recipe]) if info == "yaml config"]


def made(folder: Path, recipe: str) -> Path:
    return project_of(folder, block(recipe, "rules"), block(recipe, "tests"), *config(recipe))


def test_there_are_25_numbered_recipes_and_nothing_that_is_not_tried() -> None:
    assert [int(title.split(".")[0]) for title in RECIPES] == list(range(1, 26))
    assert {info for info, _ in fences(PAGE)} == {"yaml rules", "yaml tests", "yaml config"}


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_does_what_its_tests_say_and_they_show_every_outcome(
    recipe: str, tmp_path: Path
) -> None:
    made(tmp_path, recipe)
    said = upfront(tmp_path, "test", "--min-coverage", "100", "--json")
    tests = said.data()["tests"]
    assert [test for test in tests if not test["passed"]] == []
    assert len(tests) == len(re.findall(r"^  - name:", block(recipe, "tests"), re.MULTILINE))
    assert said.code == 0, said.out


@pytest.mark.soak
@pytest.mark.parametrize("recipe", RECIPES)
def test_the_tests_of_a_recipe_notice_every_small_change_of_it(recipe: str, tmp_path: Path) -> None:
    # A reader will change the numbers: tests that miss a changed bound would be a bad example.
    made(tmp_path, recipe)
    said = upfront(tmp_path, "test", "--mutate")
    assert said.code == 0, said.out


def test_all_recipes_can_be_added_to_the_starter_project(tmp_path: Path) -> None:
    for number, recipe in enumerate(RECIPES):
        made(tmp_path, recipe)
        (tmp_path / "rules" / "recipe.yaml").rename(tmp_path / "rules" / f"r{number}.yaml")
    for path in (ROOT / "rules").glob("*.yaml"):
        if not path.name.endswith(".test.yaml"):
            (tmp_path / "rules" / path.name).write_bytes(path.read_bytes())
    changes = [change for recipe in RECIPES for change in config(recipe)]
    (tmp_path / "config.yaml").write_text(starter_with(*changes), "utf-8")
    said = upfront(tmp_path, "validate")
    assert said.code == 0, said.err
