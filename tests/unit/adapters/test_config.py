"""config.yaml that can't be used, and what its author is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.config.load import NotReadable, Settings, expand, load_project, load_settings
from adapters.config.parts import check_format
from engine.diagnostics import RefusedDocuments
from engine.language.vocabulary import FactType

GOOD = """\
version: 1
rules: [rules/]
languages: [en, it]
time_zone: Europe/Rome
candidates:
  id: lead_id
  customer: customer_id
  offer: offer_code
  fields:
    age: integer
    sku: string
    tags: {type: list<string>, separator: "|"}
sources:
  offer:
    read: offers.csv
    key: {code: candidate.offer_id}
    fields: {site: string}
  site:
    read: {sql: "sqlite:///crm.sqlite", table: sites}
    key: {site: offer.site}
    as_of: updated_at
    max_age: 4h
    fields: {free: integer}
"""
Load = Callable[[str], Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def made(text: str) -> Settings:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return load_settings(path)

    return made


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


# What is changed into what, and then: code, line:column, words of the message, of the hint.
PROBLEMS = [
    ("version: 1", "version: 2", "wrong-value", "1:10", "must be 1", ""),
    ("version: 1\n", "", "missing-key", "1:1", "`version`", "add"),
    ("languages:", "langages:", "unknown-key", "3:1", "`langages`", "did you mean `languages`?"),
    ("languages: [en, it]", "languages: []", "wrong-value", "3:12", "empty", ""),
    ("Europe/Rome", "Rome", "wrong-value", "4:12", "no time zone", "`Europe/Rome`"),
    ("Europe/Rome", "../Rome", "wrong-value", "4:12", "no time zone", ""),
    ("  customer: customer_id\n", "", "missing-key", "5:1", "`customer`", "add"),
    ("  id: lead_id", "  id: {valu: x}", "unknown-key", "6:8", "`valu`", "value"),
    ("  id: lead_id", "  id: []", "wrong-value", "6:7", "empty", ""),
    ("  id: lead_id", "  id: {value: x, columns: [z]}", "wrong-value", "6:7", "name a column", ""),
    ("age: integer", "age: int", "wrong-value", "10:10", "one of: string, integer", ""),
    ("age: integer", "Age: integer", "wrong-value", "10:5", "lower-case", ""),
    ("age: integer", "customer_id: string", "reserved-name", "10:5", "already", ""),
    ("age: integer", "now: integer", "reserved-name", "10:5", "`now`", ""),
    ("age: integer", "in: integer", "reserved-name", "10:5", "`in`", ""),
    ("age: integer", "age: {type: integer, format: x}", "wrong-value", "10:10", "`format`", ""),
    ("age: integer", 'age: {type: date, format: "%Q"}', "wrong-value", "10:10", "`%Q`", "%d/%m"),
    ("age: integer", 'age: {type: date, format: "%d%"}', "wrong-value", "10:10", "`%`", "%d/%m"),
    ("age: integer", 'age: {type: date, format: "%d/%m"}', "wrong-value", "10:10", "the year", "%Y"),
    ("age: integer", 'age: {type: date, format: "%m/%Y"}', "wrong-value", "10:10", "the day", "%d"),
    ("age: integer", 'age: {type: date, format: "%d %Y"}', "wrong-value", "10:10", "the month", ""),
    ("age: integer", 'age: {type: timestamp, format: "%d/%m/%Y %I:%M"}', "wrong-value", "10:10",
     "`%p`", "%H"),
    ("age: integer", 'age: {type: timestamp, format: "%Y-%m-%dT%H:%M:%SZ"}', "wrong-value", "10:10",
     "UTC", "leave"),
    ("age: integer", 'age: {type: date, format: "%Y%m%d%z"}', "wrong-value", "10:10", "offset", ""),
    ("age: integer", 'age: {type: integer, decimal: ","}', "wrong-value", "10:10", "`decimal`", ""),
    (", separator: \"|\"", "", "wrong-value", "12:11", "`separator`", ""),
    ("age: integer", 'age: {type: string, separator: "|"}', "wrong-value", "10:10", "`separator`",
     ""),
    ("age: integer", "age: list<string>", "wrong-value", "10:10", "`separator`", ""),
    ("  site:\n", "  candidate:\n", "reserved-name", "18:3", "`candidate`", ""),
    ("  site:\n", "  true:\n", "reserved-name", "18:3", "`true`", ""),
    ("  site:\n", "  my-site:\n", "wrong-value", "18:3", "lower-case", ""),
    ("{free: integer}", "{while: integer}", "reserved-name", "23:14", "`while`", ""),
    ("{free: integer}", "{}", "wrong-value", "23:13", "empty", ""),
    ("site: offer.site", "site: offer.sit", "unknown-fact", "20:17", "`offer.sit`", "offer.site"),
    ("site: offer.site", "site: candidate.tags", "wrong-type", "20:17", "a list", ""),
    ("candidate.offer_id", "site.free", "source-cycle", "14:3", "offer", ""),
    ("offer.site}", "site.free}", "source-cycle", "18:3", "site → site", ""),
    ("{site: offer.site}", "{}", "wrong-value", "20:10", "empty", ""),
    ("max_age: 4h", "max_age: 4 hours", "wrong-value", "22:14", "30m, 4h, 15d or 2w", ""),
    ("max_age: 4h", "max_age: 4", "wrong-value", "22:14", "30m, 4h", ""),
    ("max_age: 4h", "max_age: 99999999999w", "wrong-value", "22:14", "too long", ""),
    ("as_of: updated_at", "as_of: 2026-03-02T09:00:00", "wrong-value", "21:12", "time zone", ""),
    ("as_of: updated_at", "as_of: {value: 2026-03-02T09:00:00}", "wrong-value", "21:20",
     "time zone", ""),
    ("as_of: updated_at", "as_of: {file: modified, env: X}", "wrong-value", "21:12", "one of", ""),
    ("as_of: updated_at", "as_of: {file: created}", "wrong-value", "21:19", "modified", ""),
    ("as_of: updated_at", "as_of: 2026-03-02", "wrong-value", "21:12", "a moment like", ""),
    ("as_of: updated_at", 'as_of: "2026-03-02T09:00"', "wrong-value", "21:13", "time zone", ""),
    ("as_of: updated_at", "as_of: {file: modified}", "wrong-value", "19:5", "a database", "sql"),
    ("read: offers.csv", "as_of: {sql: SELECT 1}\n    read: x.csv", "wrong-value", "15:5",
     "own database", "modified"),
    ("read: offers.csv", "read: {sql: x}", "wrong-value", "15:11", "`table` or a `query`", ""),
    ("read: offers.csv", "read: {file: x, table: z}", "wrong-value", "15:11", "needs `sql`", ""),
    ("read: offers.csv", "read: [x]", "wrong-value", "15:11", "", ""),
    ("read: offers.csv", "pick: newest\n    read: x.csv", "wrong-value", "15:11", "latest", ""),
    ("read: offers.csv", 'delimiter: ";;"\n    read: x.csv', "wrong-value", "15:17", "", ""),
    ("version: 1", "version: 1\nbackend: oracle", "wrong-value", "2:10", "duckdb", ""),
    ("version: 1", "version: 1\n\tx: 1", "yaml-tab", "2:1", "a tab", "spaces"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "at", "message", "hint"),
    PROBLEMS,
    ids=[f"{p[2]} {p[1][:40]!r}" for p in PROBLEMS],
)
def test_what_can_t_be_used_is_told_at_its_place(
    load: Load, old: str, new: str, code: str, at: str, message: str, hint: str
) -> None:
    with pytest.raises(RefusedDocuments) as refused:
        load(changed(old, new))
    assert refused.value.exit_code == 2
    found = refused.value.diagnostics
    assert code in [p.code for p in found], str(refused.value)
    problem = next(p for p in found if p.code == code)
    assert f"{problem.place.line}:{problem.place.column}" == at
    assert message in problem.message
    assert hint in problem.hint


def test_a_good_configuration_is_read(load: Load) -> None:
    settings = load(GOOD)
    assert settings.source_order == ("offer", "site")
    assert settings.vocabulary["candidate.tags"].type is FactType.STRINGS
    assert settings.config.sources["site"].max_age == timedelta(hours=4)
    assert settings.config.candidates.channel.value == "call"


def test_sources_are_joined_in_an_order_that_their_keys_allow(load: Load) -> None:
    first, second = GOOD.index("  offer:\n    read"), GOOD.index("  site:\n")
    turned = GOOD[:first] + GOOD[second:] + GOOD[first:second]
    assert load(turned).source_order == ("offer", "site")


@pytest.mark.parametrize(
    ("written", "age"),
    [("30s", timedelta(seconds=30)), ("5m", timedelta(minutes=5)), ("0d", timedelta()),
     ("2w", timedelta(weeks=2))],
)  # fmt: skip
def test_ages_are_written_shortly(load: Load, written: str, age: timedelta) -> None:
    settings = load(changed("max_age: 4h", f"max_age: {written}"))
    assert settings.config.sources["site"].max_age == age


def test_what_the_config_says_is_shown_with_its_line(load: Load) -> None:
    with pytest.raises(RefusedDocuments) as refused:
        load(changed("age: integer", "age: integr"))
    assert str(refused.value) == (
        "config.yaml:10:10: error[wrong-value]: this must be one of: "
        "string, integer, number, boolean, date, timestamp, list<string>\n"
        "  10 |     age: integr\n"
        "     |          ^^^^^^\n"
        "     = hint: did you mean `integer`?"
    )


def test_files_that_can_t_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="there is no file"):
        load_settings(tmp_path / "config.yaml")
    with pytest.raises(NotReadable, match="can't be read"):
        load_settings(tmp_path)
    path = tmp_path / "config.yaml"
    path.write_bytes("candidats: è".encode("latin-1"))
    with pytest.raises(NotReadable, match="not a UTF-8 text file"):
        load_settings(path)
    path.write_text("\ufeff" + GOOD, encoding="utf-8")
    assert load_settings(path).text == GOOD


def test_a_project_without_its_rules_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(RefusedDocuments) as refused:
        load_project(path)
    assert [(p.code, str(p.place)) for p in refused.value.diagnostics] == [
        ("no-rules", "config.yaml:2:9")
    ]


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPFRONT_TEST_PASSWORD", "a$b}")
    assert expand("x:${UPFRONT_TEST_PASSWORD}@h/$other") == "x:a$b}@h/$other"
    monkeypatch.delenv("UPFRONT_TEST_PASSWORD")
    with pytest.raises(NotReadable, match="UPFRONT_TEST_PASSWORD is not set"):
        expand("x:${UPFRONT_TEST_PASSWORD}@h")


@pytest.mark.parametrize(
    "form",
    ["%d/%m/%Y", "%-d.%-m.%y", "%Y%j", "%d %b %Y", "%G-W%V-%u", "%d.%m.%Y %I:%M %p", "%c",
     "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S%%Z"],
)  # fmt: skip
def test_a_format_that_tells_a_day_is_taken(form: str) -> None:
    check_format(form)
