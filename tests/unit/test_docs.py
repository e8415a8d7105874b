"""What README.md and docs/ say is what the program does: examples run, commands and files exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel

from adapters.cli.main import main
from adapters.config import (
    candidates,
    computed,
    databases,
    documents,
    fields,
    history,
    output,
    services,
    sources,
)
from adapters.config.load import Project, load_project
from adapters.rule_tests import run_tests
from engine.diagnostics import Diagnostic, Place, RefusedDocuments
from engine.language.case_documents import (
    CandidateDocument,
    EquivalentDocument,
    Expectation,
    TestDocument,
    TestFileDocument,
)
from engine.language.condition import parse_condition
from engine.language.documents import (
    DecisionDocument,
    GivenDocument,
    PoolDocument,
    RuleDocument,
    SignalDocument,
)
from engine.language.load import RuleText, load_rules
from engine.language.text import read_yaml
from scripts.reference import TARGET, reference, walk
from tests.oracle.states import ABSENT, UNKNOWN, Fact
from tests.support.columns import in_columns

ROOT = Path(__file__).parents[2]
DOCS = [*sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("docs/reference/*.md"))]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS, *sorted(ROOT.glob("docs/adr/0*.md"))]
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`(upfront [^`]+)`")
# The tag that opens the signed note of an erasure (docs/ledger.md), not a command.
_TAGS = {"upfront erasure"}
_LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT / "config.yaml")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(page: Path, info: str) -> list[str]:
    """The fenced blocks of a page that are marked with `info`."""
    return [body for mark, body in _FENCE.findall(page.read_text("utf-8")) if mark == info]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every line of a Markdown table, bars in code put back."""
    for line in text.splitlines():
        if line.startswith("| "):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            yield [cell.strip().replace("\\|", "|") for cell in cells]


def table_after(text: str, mark: str) -> list[list[str]]:
    """The body of the table that follows a mark."""
    body = text.split(mark, 1)[1].split("\n\n", 1)[0]
    return list(rows(body))[1:]


RULES_PAGE = ROOT / "docs" / "rules.md"
TESTING_PAGE = ROOT / "docs" / "testing-rules.md"


def test_no_example_of_rules_is_left_untried() -> None:
    marks = {mark for mark, _ in _FENCE.findall(text_of("docs/rules.md"))}
    assert marks == {"yaml rules", "yaml tests", "sh"}


@pytest.mark.parametrize("example", blocks(RULES_PAGE, "yaml rules"))
def test_every_example_of_rules_loads(project: Project, example: str) -> None:
    text = RuleText("docs/rules.md", example)
    try:
        ruleset = load_rules([text], project.vocabulary, project.config.languages)
    except RefusedDocuments as error:
        pytest.fail(str(error))
    assert ruleset.rules or ruleset.pools


@pytest.mark.parametrize(
    "example", [*blocks(RULES_PAGE, "yaml tests"), *blocks(TESTING_PAGE, "yaml tests")]
)
def test_every_example_of_tests_passes_on_the_starter_rulebook(
    project: Project, tmp_path: Path, example: str
) -> None:
    file = tmp_path / "example.test.yaml"
    file.write_text(example, encoding="utf-8")
    results = run_tests(project, [file])
    assert len(results) == example.count("\n  - name:")
    assert [(r.case.name, r.mismatches) for r in results if not r.passed] == []


def conditions(mark: str) -> list[str]:
    cells = [row[1] for row in table_after(text_of("docs/rules.md"), f"<!-- cel: {mark} -->")]
    found = [c.strip("`") for c in cells if c.startswith("`")]
    assert len(found) > 8
    return found


@pytest.mark.parametrize("condition", conditions("accepted"))
def test_every_condition_shown_as_possible_is_accepted(project: Project, condition: str) -> None:
    found = parse_condition(condition, Place("docs/rules.md"), project.vocabulary)
    assert not isinstance(found, Diagnostic), found.render()


@pytest.mark.parametrize("condition", conditions("refused"))
def test_every_condition_shown_as_refused_is_refused(project: Project, condition: str) -> None:
    found = parse_condition(condition, Place("docs/rules.md"), project.vocabulary)
    assert isinstance(found, Diagnostic)
    assert found.code in {"unsupported", "wrong-type", "wrong-arguments", "bad-duration"}


def test_the_table_of_absent_and_unknown_is_what_conditions_say() -> None:
    header, *body = list(rows(text_of("docs/rules.md").split("still told:")[1].split("\n\n")[1]))
    facts: dict[str, Fact] = {"is 0": 0, "is 3": 3, "is absent": ABSENT, "is unknown": UNKNOWN}
    seen = [{"history.contacts_7d": facts["is " + cell.rsplit(" ", 1)[1]]} for cell in header[1:]]
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    conditions = [row[0].strip("`") for row in body if row[0].startswith("`")]
    found = in_columns(conditions, {"history.contacts_7d": "integer"}, seen, (now, now))
    words = {True: "true", False: "false", None: "unknown"}
    told = [row[1:] for row in body if row[0].startswith("`")]
    assert told == [[words[row[i]] for row in found] for i in range(len(conditions))]


@pytest.mark.parametrize(
    "model", [RuleDocument, SignalDocument, GivenDocument, DecisionDocument, PoolDocument]
)
def test_every_key_of_a_rule_file_is_explained(model: type[BaseModel]) -> None:
    text = text_of("docs/rules.md")
    for key in keys(model):
        assert f"`{key}`" in text or f"`{key}: " in text or f" {key}:" in text, key


@pytest.mark.parametrize(
    "model",
    [TestFileDocument, TestDocument, CandidateDocument, Expectation, EquivalentDocument],
)
def test_every_key_of_a_test_file_is_explained(model: type[BaseModel]) -> None:
    text = TESTING_PAGE.read_text("utf-8")
    for key in keys(model):
        assert f"`{key}`" in text or f"`{key}: " in text or f" {key}:" in text, key


def keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def commands() -> dict[str, tuple[click.Context, click.Command]]:
    return {ctx.command_path: (ctx, command) for ctx, command in walk(main, "upfront")}


def shown_commands() -> list[Any]:
    """Every `upfront …` of the pages, in running text and in blocks of shell."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        lines = [
            line for mark, body in _FENCE.findall(text) if mark == "sh" for line in body.split("\n")
        ]
        shown = [line for line in lines if line.startswith("upfront ")]
        shown += [code for code in _CODE.findall(_FENCE.sub("", text)) if code not in _TAGS]
        name = page.relative_to(ROOT).as_posix()
        found += [pytest.param(line, id=f"{name}: {line}") for line in dict.fromkeys(shown)]
    assert len(found) > 30
    return found


@pytest.mark.parametrize("line", shown_commands())
def test_every_command_shown_is_one_the_program_has(line: str) -> None:
    # What stands behind `>` is the shell's.
    words = shlex.split(line.partition(" > ")[0], comments=True)
    known = commands()
    path = [words.pop(0)]
    while words and " ".join([*path, words[0]]) in known:
        path.append(words.pop(0))
    ctx, command = known[" ".join(path)]
    if isinstance(command, click.Group):
        assert all(word.startswith("--") or word in {"COMMAND", "…"} for word in words), line
        return
    # Unknown options and options without their value are errors of the parser; types are not
    # looked at, so that RUN_ID may stand for one.
    _, rest, _ = command.make_parser(ctx).parse_args([w for w in words if w != "…"])
    assert rest == [], line


def test_the_reference_of_commands_is_fresh() -> None:
    assert TARGET.read_text("utf-8") == reference(), "run scripts/reference.py"


def test_every_command_and_option_stands_in_the_reference() -> None:
    text = TARGET.read_text("utf-8")
    for path, (_, command) in commands().items():
        _, found, rest = text.partition(f"## `{path}`\n")
        assert found, path
        section = rest.split("\n## ", 1)[0]
        for parameter in command.params:
            names = (
                parameter.opts if isinstance(parameter, click.Option) else [parameter.name or ""]
            )
            assert any(name.lower() in section.lower() for name in names), (path, names)


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("## The file", documents.ConfigDocument),
        ("## `candidates`", candidates.CandidatesDocument),
        ("`read` is a file's name, or", databases.ListDocument),
        ("An id written out", candidates.IdentityDocument),
        ("## A field", fields.FieldDocument),
        ("## `output`", output.OutputDocument),
        ("What fills a column of", output.CellDocument),
        ("## `sources`", sources.SourceDocument),
        ("`read` of a database:", sources.ReadDocument),
        ("`history` is a file's name", history.LogDocument),
        ("`at` in `read` is", history.LoggedAtDocument),
        ("`count`:", history.CountDocument),
        ("`phone`:", computed.PhoneDocument),
        ("`calendar`:", computed.CalendarDocument),
        ("`contact_window`:", computed.ContactWindowDocument),
        ("The kind is followed by", services.ServiceDocument),
        ("`auth` is one of:", services.AuthDocument),
        ("`oauth2`:", services.OAuth2Document),
        ("`as_of` is a column's name", sources.AsOfDocument),
    ],
)
def test_the_tables_of_config_have_exactly_the_keys_there_are(
    heading: str, model: type[BaseModel]
) -> None:
    _, found, rest = text_of("docs/configuration.md").partition(f"\n{heading}")
    assert found, heading
    table = rest[rest.index("| key |") :].split("\n\n", 1)[0]
    assert [row[0].strip("`") for row in list(rows(table))[1:]] == sorted(
        keys(model), key=lambda key: table.index(f"| `{key}`")
    )


@pytest.mark.parametrize(
    "example",
    [
        e
        for n in ("configuration", "services", "presets", "sources")
        for e in blocks(ROOT / f"docs/{n}.md", "yaml config")
    ],
)
def test_every_example_of_config_has_the_shape_of_config(example: str) -> None:
    whole = read_yaml("config.yaml", text_of("config.yaml")).value
    part = read_yaml("docs/configuration.md", example)
    assert part.problems == []
    documents.ConfigDocument.model_validate({**whole, **part.value})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text("utf-8")):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            anchors = [re.sub(r"[^\w\- ]", "", t).strip().lower().replace(" ", "-") for t in titles]
            assert anchor in anchors, f"{target}#{anchor}"


def test_the_table_of_files_names_every_module_and_none_that_is_gone() -> None:
    told = {row[0].strip("`") for row in rows(text_of("docs/architecture.md")) if "/" in row[0]}
    modules = {
        path.relative_to(ROOT).as_posix()
        for top in ("engine", "adapters")
        for path in (ROOT / top).rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts
    }
    assert modules - told == set(), "tell in docs/architecture.md what these are for"
    assert {name for name in told if not (ROOT / name).exists()} == set()


def test_every_test_that_a_promise_rests_on_exists() -> None:
    table = text_of("docs/architecture.md").split("## The promises", 1)[1].split("\n## ", 1)[0]
    files = set(re.findall(r"`(tests/[^`]+)`", table))
    assert len(files) > 5
    assert {name for name in files if not (ROOT / name).exists()} == set()


def test_pictures_load_nothing_from_elsewhere() -> None:
    for picture in (ROOT / "docs" / "images").glob("*.svg"):
        text = picture.read_text("utf-8")
        assert "@font-face" not in text
        assert not re.search(r"(?:href|url|src)\s*[=(]\s*[\"']?https?:", text), picture.name
