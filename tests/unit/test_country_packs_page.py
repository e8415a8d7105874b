"""docs/country-packs.md says what rules/countries/ and config.yaml say.

With UPFRONT_WRITE_EXPECTED=1 its tables of rules are written anew.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import pytest

from adapters.config.load import Project, load_project
from engine.language.ruleset import Rule
from engine.language.text import read_yaml
from engine.screening.reasons import facts_read
from tests.support.packs import ALL, NAMES, pack_of, starter_with

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "country-packs.md"
_RULES = re.compile(r"(?<=<!-- rules -->\n).*?(?=\n## )", re.DOTALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(starter_with(tmp_path_factory.mktemp("packs"), ALL) / "config.yaml")


def test_the_tables_of_rules_are_what_the_packs_say(project: Project) -> None:
    text = PAGE.read_text("utf-8")
    written = _RULES.sub(lambda _: tables(project), text)
    if "UPFRONT_WRITE_EXPECTED" in os.environ:
        PAGE.write_text(written, "utf-8")
    assert PAGE.read_text("utf-8") == written, "run with UPFRONT_WRITE_EXPECTED=1"


def tables(project: Project) -> str:
    found = []
    for code, name in NAMES.items():
        rules = [rule for rule in project.ruleset.rules if pack_of(rule) == code]
        assert rules, code
        lines = ["| rule | what must be true | in force | law | source |", "|---|---|---|---|---|"]
        lines += ["| " + " | ".join(cells(rule)) + " |" for rule in rules]
        title = f"{name} (`{code}`)" if code != "COMMON" else name
        found.append(f"\n### {title}\n\n" + "\n".join(lines) + "\n")
    return "".join(found)


def cells(rule: Rule) -> tuple[str, ...]:
    days = [f"from {rule.from_}" if rule.from_ else "", f"until {rule.until}" if rule.until else ""]
    title = rule.title.rpartition(": ")[2]
    title = title[0].upper() + title[1:]
    return (
        f"`{rule.id}`",
        title,
        " ".join(d for d in days if d),
        "yes" if rule.legal else "",
        rule.source,
    )


def table_after(mark: str) -> list[list[str]]:
    body = PAGE.read_text("utf-8").split(f"<!-- {mark} -->\n", 1)[1].split("\n\n", 1)[0]
    rows = [re.split(r" \| ", line.strip("| ")) for line in body.splitlines()]
    return rows[2:]


def test_the_facts_listed_are_those_that_the_packs_read_with_their_types(project: Project) -> None:
    listed: dict[str, tuple[str, set[str]]] = {}
    for names, types, _, packs in table_after("facts"):
        facts = re.findall(r"`([^`]+)`", names)
        source = facts[0].split(".")[0]
        for fact, type_ in zip(facts, types.split(", "), strict=True):
            full = source + fact if fact.startswith(".") else fact
            listed[full] = type_, set(packs.split(", "))
    read: dict[str, set[str]] = {}
    for rule in project.ruleset.rules:
        code = pack_of(rule)
        if code is not None:
            for fact in facts_of(project, rule) - {"candidate.contact_at"}:
                read.setdefault(fact, set()).add(code)
    assert listed.keys() == read.keys()
    for fact, (type_, readers) in listed.items():
        assert type_ == str(project.vocabulary[fact].type), fact
        if readers != {"all"}:
            assert readers == read[fact] - {"COMMON"}, fact


def facts_of(project: Project, rule: Rule) -> set[str]:
    alone = replace(project.ruleset, rules=(rule,), signals=(), decisions=(), pools=())
    return set(facts_read(alone))


def test_the_settings_listed_are_those_of_the_starter_project() -> None:
    config: dict[str, Any] = read_yaml(
        "config.yaml", (ROOT / "config.yaml").read_text("utf-8")
    ).value
    listed = {row[0].strip("`"): row[1].strip("`") for row in table_after("settings")}
    sources = config["sources"]
    told = {name for name in sources if re.match(r"(register|hours)_", name)}
    assert listed.keys() == told
    for name, setting in listed.items():
        if name.startswith("register_"):
            assert setting == f"max_age: {sources[name]['max_age']}"
        else:
            hours = read_yaml("hours", f"{{{setting}}}").value
            assert hours == sources[name]["read"]["contact_window"]["hours"], name


def test_every_pack_there_is_is_told_of() -> None:
    files = {p.stem.upper() for p in (ROOT / "rules" / "countries").glob("*.yaml")}
    packs = {name for name in files if not PurePath(name).suffix}
    assert packs == set(NAMES)
