"""Lists as they come: each of the corpus is read as it is written down beside it, or refused so.

With UPFRONT_WRITE_EXPECTED=1 what is expected is written anew: read what changed in it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.diagnostics import RefusedInput, UpfrontError
from tests.support.list_projects import project_for
from tests.support.list_screening import Outcome, Read, check_conserved, read, screened
from tests.support.ugly_lists import FILES, LISTS, case_of, described, refusal, render

WRITE = "UPFRONT_WRITE_EXPECTED" in os.environ
SECRETS = ("+33", "3,31990", "1976", "José", "Rossi")

Outcomes = dict[Path, Outcome | RefusedInput]


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    """What becomes of every list of the corpus."""
    found: dict[Path, Read | RefusedInput] = {}
    for path in FILES:
        try:
            found[path] = read(project_for(said_of(path)), path)
        except RefusedInput as refused:
            found[path] = refused
    reads = {path: one for path, one in found.items() if isinstance(one, Read)}
    together = screened(list(reads.values()))
    screenings = dict(zip(reads, together, strict=True))
    return {
        path: one if isinstance(one, RefusedInput) else screenings[path]
        for path, one in found.items()
    }


def said_of(path: Path) -> dict[str, object]:
    """What config.yaml says of a list."""
    return dict(case_of(path).get("candidates", {}))


def told(outcome: Outcome | RefusedInput, path: Path) -> dict[str, object]:
    return refusal(outcome, path) if isinstance(outcome, RefusedInput) else described(outcome)


def test_every_list_is_read_or_refused_exactly_so(outcomes: Outcomes) -> None:
    wrong = {}
    for path, outcome in outcomes.items():
        found = told(outcome, path)
        if WRITE:
            text = render(said_of(path), found)
            path.with_name(f"{path.name}.yaml").write_text(text, "utf-8")
        if found != case_of(path).get("expected"):
            wrong[path.name] = found
    assert not wrong


def test_no_refusal_says_what_a_cell_of_personal_data_holds(outcomes: Outcomes) -> None:
    refusals = {p.name: o for p, o in outcomes.items() if isinstance(o, RefusedInput)}
    telling = {
        name: refused.message + refused.hint
        for name, refused in refusals.items()
        if any(secret in refused.message + refused.hint for secret in SECRETS)
    }
    assert not telling
    assert refusals


def test_every_row_is_allowed_or_blocked_and_comes_out_as_it_went_in(
    outcomes: Outcomes, tmp_path: Path
) -> None:
    conserved = [outcome for outcome in outcomes.values() if isinstance(outcome, Outcome)]
    for number, outcome in enumerate(conserved):
        check_conserved(outcome, tmp_path / str(number))
    assert sum(len(outcome.allowed) for outcome in conserved) > 100
    assert {"invalid", "unknown", "duplicate"} <= {c for o in conserved for c in o.causes.values()}


def test_the_corpus_is_large_and_complete() -> None:
    assert len(FILES) >= 60
    assert {p.with_name(p.name.removesuffix(".yaml")) for p in LISTS.glob("*.yaml")} == set(FILES)


# ── lists that were damaged on their way ─────────────────────────────────────────────────────────

PIECES = (
    b'"',
    b"\n",
    b"\r",
    b"\r\n",
    b",",
    b";",
    b"\t",
    b"\x00",
    b"\xff",
    b"=",
    b"'",
    b"\xc3",
    b"#N/A",
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Path, bytes]:
    """A list of the corpus with one to three changes to its bytes."""
    path = draw(st.sampled_from(FILES))
    data = path.read_bytes()
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        stop = min(len(data), start + draw(st.integers(0, 40)))
        piece = draw(st.sampled_from(PIECES))
        match draw(st.integers(0, 5)):
            case 0:
                data = data[:start] + piece + data[start:]
            case 1:
                data = data[:start]
            case 2:
                data = data[:stop] + data[start:]
            case 3:
                data = data[:start] + data[stop:]
            case 4:
                data = data.replace(piece, draw(st.sampled_from(PIECES)))
            case _:
                flipped = bytes(byte ^ (1 << draw(st.integers(0, 7))) for byte in data[start:stop])
                data = data[:start] + flipped + data[stop:]
    return path, data


def refused_or_conserved(lists: Sequence[tuple[Path, bytes]]) -> None:
    """Lists are screened together: most of a second goes into the screening itself."""
    with tempfile.TemporaryDirectory() as name:
        folder, reads = Path(name), []
        for number, (path, data) in enumerate(lists):
            mutant = folder / f"{number}-{path.name}"
            mutant.write_bytes(data)
            try:
                reads.append(read(project_for(said_of(path)), mutant))
            except UpfrontError:
                continue
        for number, outcome in enumerate(screened(reads)):
            check_conserved(outcome, folder / f"out{number}")


unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck))
without_shrinking = (Phase.explicit, Phase.reuse, Phase.generate)


@given(st.lists(damaged(), min_size=20, max_size=20))
@settings(unhurried, max_examples=2, phases=without_shrinking)
def test_a_damaged_list_is_refused_or_none_of_its_rows_is_lost(
    lists: list[tuple[Path, bytes]],
) -> None:
    refused_or_conserved(lists)


@pytest.mark.soak
@given(st.lists(damaged(), min_size=1, max_size=40))
@settings(unhurried, max_examples=120)
def test_many_more_damaged_lists_are_refused_or_none_of_their_rows_is_lost(
    lists: list[tuple[Path, bytes]],
) -> None:
    refused_or_conserved(lists)
