"""Rule packs by country: which are read, whom they are tested with, and what each of them says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.config.load import NotReadable, Project, load_project, ruleset_of_texts
from adapters.rule_tests import find_test_files, run_tests
from engine.diagnostics import RefusedDocuments
from engine.language.ruleset import Texts
from tests.support.command_line import ROOT, upfront, write
from tests.support.packs import ALL, pack_of, starter_with

_MARKED = re.compile(
    r"[^()]+ \((confirmed|partly confirmed|unconfirmed: secondary source|unconfirmed|house rule)\)"
)
_PLACES = re.compile(r"\{[^}]*\}")


def packs_of(project: Project) -> set[str]:
    return {code for rule in project.ruleset.rules if (code := pack_of(rule))}


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(starter_with(tmp_path_factory.mktemp("every"), ALL) / "config.yaml")


def told(folder: Path) -> list[tuple[str, str, str, str]]:
    with pytest.raises(RefusedDocuments) as refused:
        load_project(folder / "config.yaml")
    return [(str(d.place), d.code, d.message, d.hint) for d in refused.value.diagnostics]


def test_every_pack_is_off_in_the_starter_project() -> None:
    assert packs_of(load_project(ROOT / "config.yaml")) == set()


@pytest.mark.parametrize(
    ("countries", "read"),
    [
        (["IT"], {"COMMON", "IT"}),
        (["ES-CT"], {"COMMON", "ES", "ES-CT"}),
        (["ES"], {"COMMON", "ES"}),
        (["US-FL", "UK"], {"COMMON", "US", "US-FL", "UK"}),
    ],
)
def test_a_region_brings_its_country_and_nothing_else(
    tmp_path: Path, countries: list[str], read: set[str]
) -> None:
    project = load_project(starter_with(tmp_path, countries, own_rules=False) / "config.yaml")
    assert packs_of(project) == read


def test_one_country_needs_no_list(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["IT"], own_rules=False)
    text = (folder / "config.yaml").read_text("utf-8")
    write(folder, {"config.yaml": text.replace("countries: [IT]", "countries: IT")})
    assert packs_of(load_project(folder / "config.yaml")) == {"COMMON", "IT"}


def test_a_run_stores_the_packs_with_the_countries_that_were_on(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["UK", "ES-CT"], own_rules=False)
    project = load_project(folder / "config.yaml")
    common = project.ruleset.texts["rules/countries/common.yaml"]
    assert 'place.country in ["ES", "GB"]' in common
    again = ruleset_of_texts({project.file: project.text, **project.ruleset.texts})
    assert again.rules == project.ruleset.rules
    assert again.digest == project.ruleset.digest


def test_a_pack_of_ones_own_is_switched_on_like_any_other(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["PT"], own_rules=False)
    ours = (folder / "rules/countries/uk.yaml").read_text("utf-8").replace("uk-", "pt-")
    write(folder, {"rules/countries/pt.yaml": ours})
    project = load_project(folder / "config.yaml")
    assert packs_of(project) == {"COMMON", "PT"}
    assert 'in ["PT"]' in project.ruleset.texts["rules/countries/common.yaml"]


def test_a_country_without_a_pack_is_told_with_what_there_is(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["IT", "it", "GB", "Italy", "ES-C"], own_rules=False)
    there = "There are DE, ES, ES-CT, FR, IT, UK, US, US-FL"
    assert [(message, hint) for _, _, message, hint in told(folder)] == [
        ("there is no rule pack `it`", f"did you mean `IT`? {there}"),
        ("there is no rule pack `GB`", f"did you mean `UK`? {there}"),
        ("there is no rule pack `Italy`", there),
        ("there is no rule pack `ES-C`", f"did you mean `ES-CT`? {there}"),
    ]
    assert {code for _, code, _, _ in told(folder)} == {"unknown-country"}


def test_countries_without_a_folder_of_packs_are_told_once(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["IT", "ES"])
    for path in (folder / "rules" / "countries").iterdir():
        path.unlink()
    [(_, code, message, hint)] = told(folder)
    assert (code, message) == ("unknown-country", "there are no rule packs by country here")
    assert "`countries`" in hint


def test_missing_rules_are_not_told_twice(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["IT"])
    text = (folder / "config.yaml").read_text("utf-8")
    write(folder, {"config.yaml": text.replace("rules: [rules/]", "rules: [ruls/]")})
    assert [code for _, code, _, _ in told(folder)] == ["no-rules"]


def test_packs_that_are_off_are_no_rules(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, [], own_rules=False)
    [(_, code, _, hint)] = told(folder)
    assert code == "no-rules"
    assert "countries" in hint


def test_a_fact_that_a_pack_misses_is_told_with_where_to_read_of_it(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["UK"], own_rules=False)
    text = (folder / "config.yaml").read_text("utf-8")
    write(folder, {"config.yaml": text.replace("  register_uk: ", "  tps_list: ")})
    problems = told(folder)
    assert {(code, message) for _, code, message, _ in problems} >= {
        ("unknown-fact", "there is no fact `register_uk.listed_on`")
    }
    assert all(
        "docs/country-packs.md" in hint for _, code, _, hint in problems if code == "unknown-fact"
    )


def test_a_project_need_not_speak_every_language_of_the_packs(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["IT"], own_rules=False)
    text = (folder / "config.yaml").read_text("utf-8")
    write(folder, {"config.yaml": re.sub("(?m)^languages:.*", "languages: [it]", text)})
    rules = load_project(folder / "config.yaml").ruleset.rules
    assert {language for rule in rules for language in rule.reason} == {"it"}


def test_a_pack_without_the_first_language_is_told_so(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["IT"], own_rules=False)
    text = (folder / "config.yaml").read_text("utf-8")
    write(folder, {"config.yaml": re.sub("(?m)^languages:.*", "languages: [pt, it]", text)})
    assert {code for _, code, _, _ in told(folder)} == {"missing-language"}


# Tests of the rulebook, with packs switched on.


def test_tests_of_packs_that_are_off_are_left_out(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["IT"])
    project = load_project(folder / "config.yaml")
    found = {path.name for path in find_test_files(project, []) if path.parent.name == "countries"}
    assert found == {"common.test.yaml", "it.test.yaml"}
    with pytest.raises(NotReadable, match="a rule pack that is off") as refused:
        find_test_files(project, [folder / "rules/countries/de.test.yaml"])
    assert "countries:" in refused.value.hint


OWN = """\
as_of: 2026-09-14T09:30:00+02:00
base: {candidate: {age: 30}}
tests:
  - name: our own rules are tested without those of countries
    expect: {failed: [], unknown: []}
  - name: a test that names a rule of a pack is held to all of them
    given: {place: {country: GB, time_zone: Europe/London}, hours_uk: {open: false}, caller: {valid: true}}
    expect: {failed: [contact-policy.uk-hours]}
  - name: a decision of ours may waive what is no law
    given: {place: {country: GB, time_zone: Europe/London}, hours_uk: {open: false}, caller: {valid: true}, candidate: {age: 90}}
    expect: {waived: [contact-policy.uk-hours], verdict: allowed}
"""
OWN_RULES = """\
rules:
  - id: eligibility.of-age
    title: Of age
    owner: sales
    stage: eligibility
    require: candidate.age >= 18
    moment: FMOT
    pain: wrong-person
    reason: {en: "x", it: "x", es: "x", ca: "x"}
signals:
  - {id: customer.old, when: candidate.age > 80}
decisions:
  - {id: old-people-rise-early, owner: sales, given: {signal: customer.old}, waive: contact-policy.uk-hours}
"""


def test_tests_of_other_rules_say_nothing_of_countries_unless_they_name_them(
    tmp_path: Path,
) -> None:
    folder = starter_with(tmp_path, ["UK"], own_rules=False)
    write(folder, {"rules/ours.yaml": OWN_RULES, "rules/ours.test.yaml": OWN})
    project = load_project(folder / "config.yaml")
    tested = run_tests(project, [folder / "rules/ours.test.yaml"])
    assert [(r.case.name, r.mismatches) for r in tested.failed] == []
    assert len(tested) == 3


@pytest.mark.slow
def test_every_outcome_of_every_pack_is_shown_by_its_tests(tmp_path: Path) -> None:
    project = load_project(starter_with(tmp_path, ALL, own_rules=False) / "config.yaml")
    files = find_test_files(project, [])
    assert len(files) == len(ALL) + 1
    tested = run_tests(project, files)
    assert [(r.case.file, r.case.name, r.mismatches) for r in tested.failed] == []
    assert [(part.part, part.text, part.missing) for part in tested.coverage.missing] == []
    assert tested.coverage.percent == 100


# What the packs say.


def test_every_legal_value_says_where_it_is_from_and_how_sure_we_are(every: Project) -> None:
    rules = [rule for rule in every.ruleset.rules if pack_of(rule)]
    assert len(rules) == 31
    for rule in rules:
        assert rule.source, rule.id
        assert all(_MARKED.fullmatch(part) for part in rule.source.split("; ")), rule.id
        assert rule.owner == "compliance"


def test_what_is_no_law_is_said_to_be_none(every: Project) -> None:
    others = {rule.id for rule in every.ruleset.rules if pack_of(rule) and not rule.legal}
    assert others == {"data.country-is-switched-on", "contact-policy.uk-hours"}


def test_every_rule_of_a_pack_is_called_after_it_and_asks_for_its_country(every: Project) -> None:
    for rule in every.ruleset.rules:
        code = pack_of(rule)
        if code in (None, "COMMON"):
            continue
        assert rule.id.partition(".")[2].startswith(f"{code.lower()}-"), rule.id
        country, _, part = code.replace("UK", "GB").partition("-")
        applies = " && ".join(condition.text for condition in rule.applies)
        assert applies.startswith(f'place.country == "{country}"'), rule.id
        assert (f'place.subdivision == "{part}"' in applies) is bool(part), rule.id


def test_every_sentence_says_the_same_facts_in_every_language(every: Project) -> None:
    for rule in every.ruleset.rules:
        if pack_of(rule):
            assert set(rule.reason) >= {"en", "it", "es", "ca"}, rule.id
            assert set(rule.remedy) >= {"en", "it", "es", "ca"}, rule.id
            assert len({facts(rule.reason, language) for language in rule.reason}) == 1, rule.id
            # Nothing is put into a remedy.
            assert not any(facts(rule.remedy, language) for language in rule.remedy), rule.id


def facts(texts: Texts, language: str) -> tuple[str, ...]:
    return tuple(sorted(_PLACES.findall(texts[language])))


@pytest.mark.soak
def test_no_change_of_a_pack_goes_unnoticed(tmp_path: Path) -> None:
    project = load_project(starter_with(tmp_path, ALL, own_rules=False) / "config.yaml")
    mutation = run_tests(project, find_test_files(project, []), mutate=True).mutation
    assert mutation is not None
    assert mutation.tried > 300
    assert [(s.mutant.part, s.mutant.after, s.mutant.hint) for s in mutation.survivors] == []
    assert [(one.part, one.mutant) for one in mutation.outdated] == []


@pytest.mark.soak
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("country", ALL)
def test_the_tests_of_a_pack_pass_alone_in_any_project(
    tmp_path: Path, country: str, zone: str
) -> None:
    folder = starter_with(tmp_path, [country])
    text = (folder / "config.yaml").read_text("utf-8")
    write(folder, {"config.yaml": text.replace("Europe/Rome", zone)})
    project = load_project(folder / "config.yaml")
    files = [path for path in find_test_files(project, []) if path.parent.name == "countries"]
    tested = run_tests(project, files)
    assert [(r.case.file, r.case.name, r.mismatches) for r in tested.failed] == []


@pytest.mark.soak
def test_lint_finds_nothing_in_the_packs_but_what_begins_and_ends(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ALL, own_rules=False)
    before, after = (
        upfront(folder, "lint", "--json", "--as-of", f"{day}T09:00:00+02:00").data()["warnings"]
        for day in ("2026-08-10", "2026-08-11")
    )
    assert [(w["code"], w["message"].split("`")[1]) for w in before] == [
        ("lint-not-started", "consent.fr-opt-in")
    ]
    assert [(w["code"], w["message"].split("`")[1]) for w in after] == [
        ("lint-expired", "consent.fr-bloctel")
    ]
