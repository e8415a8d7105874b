"""Whatever stands in a rule file or in config.yaml: it is used or refused, and nothing else."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.config.files import decoded
from adapters.config.load import NotReadable, Settings, doubts, load_project, load_settings
from engine.diagnostics import Diagnostic, Place, RefusedDocuments, lines_of
from engine.language.cases import read_cases
from engine.language.condition import parse_condition
from engine.language.load import RuleText, load_rules
from engine.language.ruleset import Condition
from tests.support.small_project import CONFIG, RULES, small_project
from tests.support.strategies_draws import dice, pick

ROOT = Path(__file__).parents[2]
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
PIECES = (
    "\n", "  ", "\t", ":", ": ", "- ", "{", "}", "[", "]", '"', "'", "#", "&a ", "*a", "!x ", "|", ">",
    "012", "no", "null", "1e400", "9" * 5000, "2026-02-30", "\x00", "\ufeff", "é", "🤦", "---\n", "...",
    "now", "&&", "(", ")", "==", "has(", "[" * 200, "!" * 200, "{candidate.age", "at_least: 9", "%", "\\",
)  # fmt: skip


SHOWN = "\n\u00a0\u2002\u2003\u2009\u202f\u3000\u200c\u200d"


@cache
def shipped() -> Settings:
    return load_settings(ROOT / "config.yaml")


@cache
def rule_texts(tests: bool) -> tuple[str, ...]:
    files = sorted((ROOT / "rules").glob("*.yaml"))
    return tuple(
        p.read_text(encoding="utf-8") for p in files if p.name.endswith(".test.yaml") is tests
    )


@st.composite
def spoilt(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    """One of `texts` after a few accidents: pieces cut, doubled, swapped or put in."""
    text = pick(draw, texts)
    for _ in range(1 + dice(draw, 4)):
        # Hypothesis draws small numbers best, so a place is made of two.
        at = (dice(draw, 256) * 256 + dice(draw, 256)) % (len(text) + 1)
        length = pick(draw, (1, 2, 5, 30, 300))
        match dice(draw, 4):
            case 0:
                text = text[:at] + text[at + length :]
            case 1:
                text = text[:at] + pick(draw, PIECES) + text[at:]
            case 2:
                text = text[:at] + pick(draw, PIECES) + text[at + length :]
            case _:
                text = text[:at] + text[at : at + length] * 2 + text[at + length :]
    return text


@cache
def wrong_and_right() -> tuple[bytes, ...]:
    """The rules that are shipped, and the wrong ones of the corpus."""
    files = [*(ROOT / "rules").glob("*.yaml"), *(ROOT / "tests" / "diagnostics").glob("*/*.yaml")]
    assert len(files) > 150
    return tuple(path.read_bytes() for path in sorted(files))


@st.composite
def spoilt_bytes(draw: st.DrawFn, contents: tuple[bytes, ...]) -> bytes:
    """One of the files after accidents to its bytes: flipped, cut, doubled, moved, put in."""
    content = pick(draw, contents)
    for _ in range(1 + dice(draw, 6)):
        at = (dice(draw, 256) * 256 + dice(draw, 256)) % (len(content) + 1)
        length = pick(draw, (1, 1, 2, 7, 40, 400))
        match dice(draw, 6):
            case 0:
                content = content[:at] + bytes([dice(draw, 256)]) + content[at + 1 :]
            case 1:
                content = content[:at] + content[at + length :]
            case 2:
                content = content[:at] + draw(st.binary(max_size=4)) + content[at:]
            case 3:
                content = content[:at] + content[at : at + length] * 2 + content[at + length :]
            case 4:
                content = content[:at] + pick(draw, PIECES).encode() + content[at:]
            case _:
                other = pick(draw, contents)
                content = content[:at] + other[at % (len(other) + 1) :][:length] + content[at:]
    return content


def shown(problems: Iterable[Diagnostic], texts: dict[str, str]) -> None:
    """A refusal has problems; each can be shown, and points at something that is there."""
    found = list(problems)
    assert found
    for problem in found:
        place = problem.place
        lines = lines_of(texts[place.file])
        assert problem.message, problem
        assert (ROOT / "docs" / "codes" / f"{problem.code}.md").exists(), problem
        assert 1 <= place.line <= len(lines), problem
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1, problem
        assert place.column + place.length <= len(lines[place.line - 1]) + 2, problem
        said = problem.render(texts)
        # Nothing of a file may steer the terminal that shows it.
        assert all(c.isprintable() or c in SHOWN for c in said), problem
        assert f"[{problem.code}]" in said
        assert "Traceback" not in said
        json.dumps(problem.data(texts))


def use_rules(text: str) -> None:
    """Load the text; a refusal must say something, and be shown without trouble."""
    try:
        load_rules([RuleText("rules/a.yaml", text)], shipped().vocabulary, ("en", "it", "es", "ca"))
    except RefusedDocuments as refused:
        shown(refused.diagnostics, {"rules/a.yaml": text})


def use_bytes(content: bytes) -> None:
    text = decoded("rules/a.yaml", content)
    if isinstance(text, Diagnostic):
        shown([text], {"rules/a.yaml": content.decode("utf-8", "replace")})
    else:
        use_rules(text)


def use_config(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_bytes(content)
        try:
            load_settings(path)
        except NotReadable:
            return
        except RefusedDocuments as refused:
            shown(refused.diagnostics, refused.texts)


def use_project(name: str, content: bytes) -> None:
    """A project of which one file was replaced: nothing but a refusal, or a rulebook."""
    with tempfile.TemporaryDirectory() as folder:
        small_project(Path(folder))
        (Path(folder) / name).write_bytes(content)
        try:
            project = load_project(Path(folder) / "config.yaml")
            doubts(project)
        except NotReadable:
            return
        except RefusedDocuments as refused:
            shown(refused.diagnostics, refused.texts)


def use_condition(text: str) -> None:
    found = parse_condition(text, Place("rules/a.yaml", 3, 5), shipped().vocabulary)
    assert isinstance(found, (Condition, Diagnostic))
    use_rules(f"signals:\n  - id: a\n    when: {json.dumps(text)}\n")


def use_tests(text: str) -> None:
    ruleset = load_rules([], shipped().vocabulary, ("en",))
    cases, problems = read_cases("a.test.yaml", text, shipped().vocabulary, ruleset, "Europe/Rome")
    assert not (cases and problems)
    if problems:
        shown(problems, {"a.test.yaml": text})


CONDITIONS = st.lists(
    st.sampled_from((
        "candidate.age", "offer.kind", "offer.technologies", "stock.on_hand", " ", "&&", "||", "!",
        "?", ":", "(", ")", "[", "]", ",", ".", "==", "<", "in", '"x', '"', "'", "1", "0x", "1.5",
        "1e", "-", "+", "%", "now", "has(", "size(", ".matches(", "duration(", "timestamp(", "true",
        "null", "\\", "\n", "//", "u", "{", "}",
    )),
    max_size=12,
).map("".join)  # fmt: skip


@settings(QUICK, max_examples=60)
@given(st.data())
def test_spoilt_rules_are_used_or_refused(data: st.DataObject) -> None:
    use_rules(data.draw(spoilt(rule_texts(tests=False))))


@settings(QUICK, max_examples=20)
@given(st.data())
def test_spoilt_tests_are_used_or_refused(data: st.DataObject) -> None:
    use_tests(data.draw(spoilt(rule_texts(tests=True))))


@settings(QUICK, max_examples=30)
@given(st.data())
def test_a_spoilt_config_is_used_or_refused(data: st.DataObject) -> None:
    text = data.draw(spoilt(((ROOT / "config.yaml").read_text(encoding="utf-8"),)))
    use_config(text.encode("utf-8", "surrogatepass"))


@settings(QUICK, max_examples=50)
@given(st.one_of(CONDITIONS, st.text(max_size=30)))
def test_any_text_is_a_condition_or_is_none(text: str) -> None:
    use_condition(text)


@settings(QUICK, max_examples=30)
@given(st.text(max_size=60))
def test_any_text_is_a_rule_file_or_is_none(text: str) -> None:
    use_rules(text)


@settings(QUICK, max_examples=20)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_config_or_are_none(content: bytes) -> None:
    use_config(content)


@settings(QUICK, max_examples=75)
@given(st.data())
def test_spoilt_bytes_of_any_file_are_used_or_refused(data: st.DataObject) -> None:
    use_bytes(data.draw(spoilt_bytes(wrong_and_right())))


@settings(QUICK, max_examples=20)
@given(st.data())
def test_a_project_with_a_spoilt_file_is_used_or_refused(data: st.DataObject) -> None:
    spoil_project(data)


def spoil_project(data: st.DataObject) -> None:
    name, text = data.draw(st.sampled_from((("config.yaml", CONFIG), ("rules/all.yaml", RULES))))
    use_project(name, data.draw(spoilt_bytes((text.encode(),))))


@pytest.mark.soak
@settings(QUICK, max_examples=10_000)
@given(st.data())
def test_many_more_spoilt_documents_are_used_or_refused(data: st.DataObject) -> None:
    match data.draw(st.integers(0, 5)):
        case 0:
            use_rules(data.draw(spoilt(rule_texts(tests=False))))
        case 1:
            use_tests(data.draw(spoilt(rule_texts(tests=True))))
        case 2:
            use_condition(data.draw(st.one_of(CONDITIONS, st.text(max_size=40))))
        case 3:
            text = data.draw(spoilt(((ROOT / "config.yaml").read_text(encoding="utf-8"),)))
            use_config(text.encode("utf-8", "surrogatepass"))
        case 4:
            use_bytes(data.draw(spoilt_bytes(wrong_and_right())))
        case _:
            spoil_project(data)
