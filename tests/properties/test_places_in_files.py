"""Wherever YAML lets a text be written, each of its characters is found where it stands."""

from __future__ import annotations

import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.diagnostics import lines_of
from engine.language.text import read_yaml

TEXTS = st.text(
    st.sampled_from("abcxyz {}.:#'\"\\&*!|>-éß好👍\n  \t,[]()<=%@"), min_size=1, max_size=60
)
BLANK = " \t\n"


@example(':::::"\n\t\\', "'", 10, "key: ", False)
@settings(max_examples=400, deadline=None)
@given(
    TEXTS,
    st.sampled_from(("'", '"', "|", ">", None)),
    st.sampled_from((10, 30, 1000)),
    st.sampled_from(("key: ", "- ", "deep:\n  deeper:\n  - ")),
    st.booleans(),
)
def test_each_character_is_found_where_it_is_written(
    text: str, style: str | None, width: int, before: str, ascii_only: bool
) -> None:
    written = yaml.dump(
        text, default_style=style, width=width, allow_unicode=not ascii_only
    ).removesuffix("...\n")
    indented = written.replace("\n", "\n" + " " * 4).rstrip(" ")
    source = f"# a remark\n{before}{indented}\nlast: 1\n" if "key" in before else before + indented
    document = read_yaml("a.yaml", source)
    assume(not document.problems)
    paths = [path for path, found in document.written.items() if found.text.strip() == text.strip()]
    # An explicit indentation (`|2`) does not survive being indented further: another text is read.
    assume(paths)
    path = paths[0]
    value, lines = document.text_at(path), lines_of(source)
    for offset, character in enumerate(value):
        if character in BLANK:
            continue
        place = document.spot(path, offset)
        found = lines[place.line - 1][place.column - 1 :]
        if found.startswith("\\") and document.written[path].style == '"':
            assert yaml.safe_load(f'"{found[: place.length]}"') == character
        else:
            assert found.startswith(character), (source, offset, place)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(0, 70), st.integers(0, 70), st.sampled_from(("'", '"', "|", ">")))
def test_any_part_of_a_text_has_a_place_in_the_file(
    text: str, offset: int, length: int, style: str
) -> None:
    source = "key: " + yaml.dump(text, default_style=style, width=20).replace("\n", "\n    ")
    document = read_yaml("a.yaml", source)
    assume(not document.problems)
    place, lines = document.spot(("key",), offset, length), lines_of(source)
    assert 1 <= place.line <= len(lines)
    assert 1 <= place.column <= len(lines[place.line - 1]) + 1
    assert 1 <= place.length <= max(1, len(lines[place.line - 1]) - place.column + 1)
