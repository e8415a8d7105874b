"""Whatever stands in a rule file or in config.yaml: it is used or refused, and nothing else."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.config.load import NotReadable, Settings, load_settings
from engine.diagnostics import Diagnostic, Place, RefusedDocuments
from engine.language.cases import read_cases
from engine.language.condition import parse_condition
from engine.language.load import RuleText, load_rules
from engine.language.ruleset import Condition
from tests.support.strategies_draws import dice, pick

ROOT = Path(__file__).parents[2]
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
PIECES = (
    "\n", "  ", "\t", ":", ": ", "- ", "{", "}", "[", "]", '"', "'", "#", "&a ", "*a", "!x ", "|", ">",
    "012", "no", "null", "1e400", "9" * 5000, "2026-02-30", "\x00", "\ufeff", "é", "🤦", "---\n", "...",
    "now", "&&", "(", ")", "==", "has(", "[" * 200, "!" * 200, "{candidate.age", "at_least: 9", "%", "\\",
)  # fmt: skip


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


def use_rules(text: str) -> None:
    """Load the text; a refusal must say something, and be shown without trouble."""
    try:
        load_rules([RuleText("rules/a.yaml", text)], shipped().vocabulary, ("en", "it", "es", "ca"))
    except RefusedDocuments as refused:
        said = str(refused) if refused.diagnostics else ""
    else:
        return
    assert said


def use_config(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_bytes(content)
        try:
            load_settings(path)
        except (RefusedDocuments, NotReadable) as refused:
            said = str(refused)
        else:
            return
    assert said


def use_condition(text: str) -> None:
    found = parse_condition(text, Place("rules/a.yaml", 3, 5), shipped().vocabulary)
    assert isinstance(found, (Condition, Diagnostic))


def use_tests(text: str) -> None:
    ruleset = load_rules([], shipped().vocabulary, ("en",))
    cases, problems = read_cases("a.test.yaml", text, shipped().vocabulary, ruleset, "Europe/Rome")
    assert not (cases and problems)


CONDITIONS = st.lists(
    st.sampled_from((
        "candidate.age", "offer.kind", "offer.technologies", "stock.on_hand", " ", "&&", "||", "!",
        "?", ":", "(", ")", "[", "]", ",", ".", "==", "<", "in", '"x', '"', "'", "1", "0x", "1.5",
        "1e", "-", "+", "%", "now", "has(", "size(", ".matches(", "duration(", "timestamp(", "true",
        "null", "\\", "\n", "//", "u", "{", "}",
    )),
    max_size=12,
).map("".join)  # fmt: skip


@settings(QUICK, max_examples=120)
@given(st.data())
def test_spoilt_rules_are_used_or_refused(data: st.DataObject) -> None:
    use_rules(data.draw(spoilt(rule_texts(tests=False))))


@settings(QUICK, max_examples=40)
@given(st.data())
def test_spoilt_tests_are_used_or_refused(data: st.DataObject) -> None:
    use_tests(data.draw(spoilt(rule_texts(tests=True))))


@settings(QUICK, max_examples=60)
@given(st.data())
def test_a_spoilt_config_is_used_or_refused(data: st.DataObject) -> None:
    text = data.draw(spoilt(((ROOT / "config.yaml").read_text(encoding="utf-8"),)))
    use_config(text.encode("utf-8", "surrogatepass"))


@settings(QUICK, max_examples=100)
@given(st.one_of(CONDITIONS, st.text(max_size=30)))
def test_any_text_is_a_condition_or_is_none(text: str) -> None:
    use_condition(text)


@settings(QUICK, max_examples=60)
@given(st.text(max_size=60))
def test_any_text_is_a_rule_file_or_is_none(text: str) -> None:
    use_rules(text)


@settings(QUICK, max_examples=40)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_config_or_are_none(content: bytes) -> None:
    use_config(content)


@pytest.mark.soak
@settings(QUICK, max_examples=5000)
@given(st.data())
def test_many_more_spoilt_documents_are_used_or_refused(data: st.DataObject) -> None:
    use_rules(data.draw(spoilt(rule_texts(tests=False))))
    use_tests(data.draw(spoilt(rule_texts(tests=True))))
    use_condition(data.draw(CONDITIONS))
    text = data.draw(spoilt(((ROOT / "config.yaml").read_text(encoding="utf-8"),)))
    use_config(text.encode("utf-8", "surrogatepass"))
