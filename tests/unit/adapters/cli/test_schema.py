"""The schemas that editors use: they fit what is shipped, and underline what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from adapters.cli.schema import KINDS, file_name, schemas
from engine.language.text import read_yaml
from tests.support.command_line import ROOT, upfront
from tests.support.schemas import as_json, validator

SHIPPED = [
    ("config", ROOT / "config.yaml"),
    *(("tests", p) for p in sorted((ROOT / "rules").rglob("*.test.yaml"))),
    *(
        ("rules", p)
        for p in sorted((ROOT / "rules").rglob("*.yaml"))
        if not p.name.endswith(".test.yaml")
    ),
]
RULE = """\
rules:
  - id: stock.a
    title: a
    owner: b
    stage: stock
    require: stock.on_hand > 0
    moment: FMOT
    pain: withdrawn.out-of-stock
    reason: {en: "x"}
"""
TEST = """\
as_of: 2026-03-02T09:30:00+01:00
base: {stock: {on_hand: 1}}
tests:
  - name: some are left
    expect: {verdict: allowed}
"""


def errors(kind: str, text: str) -> list[str]:
    document = read_yaml("x.yaml", text)
    assert document.problems == []
    return [e.message for e in validator(kind).iter_errors(as_json(document.value))]


def test_the_committed_schemas_are_fresh() -> None:
    for kind, text in schemas().items():
        path = ROOT / "schemas" / file_name(kind)
        assert path.read_text("utf-8") == text, "run scripts/reference.py"


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_by_the_draft_it_names(kind: str) -> None:
    schema = validator(kind).schema
    assert isinstance(schema, dict)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_described_in_a_sentence(kind: str) -> None:
    described = dict(properties(validator(kind).schema, "#"))
    assert len(described) > 10
    for place, schema in described.items():
        assert re.fullmatch(r"[A-Z`].+\.", schema.get("description", "")), place


def properties(schema: Any, at: str) -> Iterator[tuple[str, Any]]:
    """The keys of every model, without those that only state what must hold besides."""
    for name, key in schema.get("properties", {}).items():
        yield f"{at}/{name}", key
    for name, part in schema.get("$defs", {}).items():
        yield from properties(part, f"{at}/{name}")


@pytest.mark.parametrize(("kind", "path"), SHIPPED, ids=lambda x: getattr(x, "name", x))
def test_every_shipped_file_fits_its_schema_and_names_it(kind: str, path: Path) -> None:
    text = path.read_text("utf-8")
    assert errors(kind, text) == []
    mark = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert mark, "the first line tells editors which schema to use"
    assert (path.parent / mark[1]).resolve() == ROOT / "schemas" / file_name(kind)


def test_the_starter_project_brings_the_schemas_its_files_name(tmp_path: Path) -> None:
    assert upfront(tmp_path, "init", "new").code == 0
    for path in [tmp_path / "new" / "config.yaml", *(tmp_path / "new" / "rules").glob("*.yaml")]:
        line = path.read_text("utf-8").splitlines()[0]
        assert (path.parent / line.partition("$schema=")[2]).is_file()


def test_a_rule_and_a_test_fit() -> None:
    assert errors("rules", RULE) == []
    assert errors("tests", TEST) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    owner: b\n", ""),
        ("owner:", "owned:"),
        ("moment: FMOT", "moment: fmot"),
        ("stage: stock", "stage: stocks"),
        ("id: stock.a", "id: consent.a"),
        ("id: stock.a", "id: Stock A"),
        ("title: a", 'title: " "'),
        ("title: a", "title: 5"),
        ("require: stock.on_hand > 0", "require: []"),
        ("require: stock.on_hand > 0", "require: {x: 1}"),
        ('reason: {en: "x"}', "reason: x"),
        ('reason: {en: "x"}', "reason: {}"),
        ("    owner: b\n", "    owner: b\n    from: tomorrow\n"),
        ("    owner: b\n", "    owner: b\n    mode: shadows\n"),
        ("    owner: b\n", "    owner: b\n    legal: true\n    on_unknown: allow\n"),
        ("rules:", "rule:"),
        (RULE, "decisions: [{id: d, given: {}, waive: stock.a}]\n"),
        (RULE, "decisions: [{id: d, given: {signal: s}}]\n"),
        (RULE, "decisions: [{id: d, given: {signal: s}, waive: stock.a, propose: X}]\n"),
        (RULE, "decisions: [{id: d, given: {signal: s, at_least: 0}, propose: X}]\n"),
    ],
)
def test_an_editor_underlines_what_is_wrong_in_a_rule(old: str, new: str) -> None:
    assert RULE.count(old) == 1
    assert errors("rules", RULE.replace(old, new)) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+01:00", ""),
        ("as_of: 2026-03-02T09:30:00+01:00", "as_of: 2026-03-02"),
        ("verdict: allowed", "verdict: allow"),
        ("verdict: allowed", "verdicts: allowed"),
        ("    expect: {verdict: allowed}\n", ""),
        ("name: some are left", 'name: ""'),
        ("base: {stock: {on_hand: 1}}", "base: {stock: 1}"),
    ],
)
def test_an_editor_underlines_what_is_wrong_in_a_test(old: str, new: str) -> None:
    assert TEST.count(old) == 1
    assert errors("tests", TEST.replace(old, new)) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1 ", "version: 2 "),
        ("rules: [rules/]", "rules: []"),
        ("backend: duckdb", "backend: duck"),
        ("    age: integer\n", "    age: int\n"),
        ("    age: integer\n", "    Age: integer\n"),
        ("    age: integer\n", "    age: list<string>\n"),
        ("max_age: 4h", "max_age: 4 hours"),
        ("channel: {value: call}", "channel: {value: call, columns: [a]}"),
        ("  id: lead_id ", "  ident: lead_id "),
        ("as_of: {value: 2026-03-02T06:00:00+01:00}", "as_of: {value: 2026-03-02T06:00:00}"),
        ('table: open_tickets}', "table: open_tickets, query: x}"),
    ],
)  # fmt: skip
def test_an_editor_underlines_what_is_wrong_in_config(old: str, new: str) -> None:
    text = (ROOT / "config.yaml").read_text("utf-8")
    assert text.count(old) == 1, old
    assert errors("config", text.replace(old, new)) != []


@pytest.mark.slow
def test_the_command_prints_one_schema_and_writes_all(tmp_path: Path) -> None:
    made = schemas()
    for kind in KINDS:
        assert upfront(tmp_path, "schema", kind).out == made[kind]
    assert upfront(tmp_path, "schema").out == made["rules"]
    said = upfront(tmp_path, "schema", "--into", "here")
    assert said.code == 0
    assert {p.name: p.read_text("utf-8") for p in (tmp_path / "here").iterdir()} == {
        file_name(kind): text for kind, text in made.items()
    }


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("")
    said = upfront(tmp_path, "schema", "--into", "here")
    assert said.code == 1
    assert "here/rules.schema.json can't be written" in said.err
