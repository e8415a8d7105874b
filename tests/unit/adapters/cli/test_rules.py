"""`upfront rules` and `upfront fields`: the rulebook and its vocabulary, to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.config.load import load_project
from engine.language.usage import readers
from tests.support.command_line import ROOT, upfront, write
from tests.support.small_project import CONFIG, RULES, small_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_project(tmp_path)


def test_the_table_names_every_part_under_its_stage(folder: Path) -> None:
    said = upfront(folder, "rules")
    assert said.code == 0
    words = [line.split()[0] for line in said.out.splitlines()]
    assert words == [
        "eligibility", "eligibility.adult", "consent", "consent.not-listed",
        "stock", "stock.some-left", "pools", "stock.units",
    ]  # fmt: skip
    assert "legal" in said.out


def test_html_is_written_to_the_file_and_to_a_page_only(folder: Path) -> None:
    before = (folder / "config.yaml").read_text()
    assert upfront(folder, "rules", "--html", "book.html").out == "wrote book.html\n"
    assert (folder / "book.html").read_text("utf-8").startswith("<!doctype html>")
    said = upfront(folder, "rules", "--html", "config.yaml")
    assert said.code == 2
    assert "ends in .html" in said.err
    assert (folder / "config.yaml").read_text() == before
    said = upfront(folder, "rules", "--html", "not/there.html")
    assert said.code == 1
    assert "can't be written" in said.err


def test_markdown_goes_to_standard_output(folder: Path) -> None:
    said = upfront(folder, "rules", "--markdown")
    assert said.out.startswith("# Rulebook\n")
    assert "### `stock.units`" in said.out


def test_one_form_at_a_time_and_a_language_there_is(folder: Path) -> None:
    assert upfront(folder, "rules", "--markdown", "--json").code == 2
    said = upfront(folder, "rules", "--language", "de")
    assert said.code == 2
    assert "there are: en" in said.err


def test_json_has_everything_and_the_graph(tmp_path: Path) -> None:
    data = upfront(ROOT, "rules", "--json", "--language", "it").data()
    ruleset = load_project(ROOT / "config.yaml").ruleset
    assert {r["id"] for r in data["rules"]} == {r.id for r in ruleset.rules}
    rule = next(r for r in data["rules"] if r["id"] == "price.spring-needs-six-months")
    assert rule["from"] == "2026-02-15"
    assert rule["reason"]["language"] == "it"
    caps = next(r for r in data["rules"] if r["id"] == "contact-policy.weekly-cap")
    assert caps["waived_by"] == ["request-lifts-the-caps"]
    drawn = [n["id"] for g in data["graph"] for n in g["nodes"] if n["kind"] == "decision"]
    assert sorted(drawn) == sorted(d.id for d in ruleset.decisions)
    for group in data["graph"]:
        assert all(0 <= a["from"] < len(group["nodes"]) for a in group["arrows"])


def test_a_broken_rulebook_is_told_as_by_validate(folder: Path) -> None:
    write(folder, {"rules/more.yaml": "rules: 5\n"})
    for command in ("rules", "fields"):
        said = upfront(folder, command)
        assert said.code == 2
        assert "rules/more.yaml:1:8" in said.err


def test_fields_say_type_source_age_and_readers(folder: Path) -> None:
    said = upfront(folder, "fields").out
    assert "stock from stock.csv; joined on sku = candidate.sku; dated by column updated_at" in said
    assert "too old after 4h" in said
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in said.splitlines() if line}
    assert lines["stock.available"] == "integer stock.some-left, pool stock.units"
    assert lines["candidate.phone"] == "string pii source register"
    assert lines["candidate.priority"] == "integer pool stock.units"


def test_facts_that_nobody_reads_are_named(folder: Path) -> None:
    write(folder, {"config.yaml": CONFIG.replace("age: integer", "age: integer\n    spare: date")})
    said = upfront(folder, "fields")
    assert "nobody reads: candidate.spare" in said.out
    assert upfront(folder, "fields", "--json").data()["unread"] == ["candidate.spare"]


def test_fields_of_one_source_or_one_fact(folder: Path) -> None:
    data = upfront(folder, "fields", "stock", "candidate.age", "--json").data()
    assert [f["name"] for f in data["facts"]] == ["candidate.age", "stock.available"]
    assert "register" not in upfront(folder, "fields", "stock").out
    said = upfront(folder, "fields", "stok")
    assert said.code == 2
    assert "did you mean `stock`?" in said.err


def test_the_address_of_a_database_is_not_shown(folder: Path) -> None:
    read = 'read: {sql: "postgresql://crm:${CRM_SECRET}@host/db", table: t}'
    config = CONFIG.replace("read: stock.csv", read)
    config = config.replace("candidates:\n", f"candidates:\n  {read}\n")
    write(folder, {"config.yaml": config})
    for form in ([], ["--json"]):
        said = upfront(folder, "fields", *form)
        assert (said.code, "table `t`" in said.out) == (0, True)
        assert "table t of a database" in said.out
        assert not any(part in said.out for part in ("CRM_SECRET", "@host", "postgresql"))


def test_sentences_and_queues_read_facts_too(folder: Path) -> None:
    text = RULES.replace("{stock.available} left", "{candidate.age} asks")
    write(folder, {"rules/all.yaml": text})
    found = readers(load_project(folder / "config.yaml").ruleset)
    assert found["candidate.age"]["rules"] == ("eligibility.adult", "stock.some-left")
    assert found["candidate.sku"]["pools"] == ("stock.units",)
    assert found["candidate.priority"]["pools"] == ("stock.units",)
