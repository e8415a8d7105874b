"""Computed sources in config.yaml, and the page that explains them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import phonenumbers
import pytest

from adapters.config import computed
from adapters.config.computed import KINDS, ContactWindowDocument, week
from adapters.config.load import Settings, load_settings
from adapters.sources.computed import holiday_calendar, opening
from adapters.sources.computed.calendar import WEEKDAYS, Calendar
from adapters.sources.computed.contact_window import ContactWindow
from adapters.sources.computed.phone import Phone
from adapters.sources.computed.phone_number import SEPARATOR
from engine.diagnostics import RefusedDocuments
from engine.language.load import RuleText, load_rules

PAGE = (Path(__file__).parents[3] / "docs" / "computed-facts.md").read_text("utf-8")
HEAD = """\
version: 1
rules: [rules/]
languages: [en]
time_zone: Europe/Rome
candidates:
  id: lead_id
  customer: customer_id
  offer: offer_code
  fields:
    phone: {type: string, pii: true}
    country: string
    born_on: date
"""
Load = Callable[[str], Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def made(text: str) -> Settings:
        path = tmp_path / "config.yaml"
        path.write_text(HEAD + text, encoding="utf-8")
        return load_settings(path)

    return made


def examples(mark: str) -> list[str]:
    return re.findall(rf"^```{mark}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_page_are_one_project(load: Load) -> None:
    parts = [example.removeprefix("sources:\n") for example in examples("yaml config")]
    assert len(parts) == len(KINDS) + 1  # and the contact log
    settings = load("sources:\n" + "".join(parts))
    assert {s.read.computed[0] for s in settings.config.sources.values() if s.read.computed} == set(
        KINDS
    )
    rules = [RuleText(f"{n}.yaml", text) for n, text in enumerate(examples("yaml rules"))]
    assert len(load_rules(rules, settings.vocabulary, ["en"]).rules) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_has_every_fact_and_no_other(kind: str) -> None:
    section = PAGE.split(f"\n## `{kind}`", 1)[1].split("\n## ", 1)[0]
    table = section.split("| fact | says |\n|---|---|\n", 1)[1].split("\n\n", 1)[0]
    cells = [line.split("|")[1] for line in table.splitlines()]
    assert [name for cell in cells for name in re.findall(r"`(\w+)`", cell)] == list(
        KINDS[kind].gives
    )


def test_the_page_names_every_type_of_number() -> None:
    types = {
        phonenumbers.PhoneNumberType.to_string(t).lower().replace("_", "-")
        for t in phonenumbers.PhoneNumberType.values()
    } - {"unknown"}
    row = next(line for line in PAGE.splitlines() if line.startswith("| `type` |"))
    assert set(re.findall(r"`([\w-]+)`", row)) - {"type"} == types


def test_configuration_and_sources_mean_the_same_words() -> None:
    for name, made in (("phone", Phone), ("calendar", Calendar), ("contact_window", ContactWindow)):
        kind = KINDS[name]
        assert made.optional == kind.keys.keys() - kind.needed
    assert computed.WEEKDAYS == WEEKDAYS
    assert (computed.EVE, computed.HOLIDAY) == (opening.EVE, opening.HOLIDAY)
    assert SEPARATOR == "|"


def test_countries_that_need_a_part_are_refused_at_load_as_at_work(load: Load) -> None:
    for country in holiday_calendar._ONLY_IN_PARTS:
        with pytest.raises(RefusedDocuments, match="share only some"):
            load(source(f"{{calendar: {{country: {country}}}}}", "day: candidate.contact_at"))


def source(read: str, key: str, field: str = "holiday: boolean") -> str:
    return f"sources:\n  x:\n    read: {read}\n    key: {{{key}}}\n    fields: {{{field}}}\n"


@pytest.mark.parametrize(
    "settings",
    [
        "{country: IT, subdivision: MI}",
        "{country: IT, subdivision: IT-MI}",
        "{country: IT, subdivision: Milano}",
        "{country: ES, subdivision: CT, language: ca}",
        "{country: DE, categories: catholic, language: en_US}",
        "{country: GB, subdivision: ENG}",
    ],
)
def test_places_with_holidays_are_accepted(load: Load, settings: str) -> None:
    load(source(f"{{calendar: {settings}}}", "day: candidate.born_on"))


def test_a_country_may_be_told_by_a_fact_alone(load: Load) -> None:
    load(source("{calendar: {}}", "day: candidate.born_on, country: candidate.country"))
    load(source("{phone: {}}", "number: candidate.phone", "valid: boolean"))


def test_hours_are_read_day_by_day() -> None:
    hours = {"mon-wed": ["14:00-20:00", "10:00-13:00"], "sun": ["none"], "eve": ["00:00-24:00"]}
    span = ((600, 780), (840, 1200))
    assert week(ContactWindowDocument(hours=hours).hours) == {
        "mon": span, "tue": span, "wed": span, "sun": (), "eve": ((0, 1440),),
    }  # fmt: skip


def test_hours_without_holidays_need_no_country(load: Load) -> None:
    window = '{contact_window: {hours: {mon-fri: "09:00-20:00"}}}'
    load(source(window, "at: candidate.contact_at, number: candidate.phone", "open: boolean"))


@pytest.mark.parametrize(
    "hours",
    ["9:00-20:00", "09:00-24:30", "24:00-24:00", "09:00", "09:00-09:00", "09.00-20.00", "closed",
     "25:00-26:00", "00:00-24:01", "09:00 - 20:00", "20:00-09:00"],
)  # fmt: skip
def test_what_are_no_hours_is_refused(load: Load, hours: str) -> None:
    window = f'{{contact_window: {{hours: {{mon: "{hours}"}}}}}}'
    with pytest.raises(RefusedDocuments, match="hours"):
        load(source(window, "at: candidate.contact_at, number: candidate.phone", "open: boolean"))


def test_nothing_that_has_no_list_keys_takes_a_list(load: Load) -> None:
    both = source(
        "{phone: {}}",
        "number: candidate.phone",
        'valid: boolean, zones: {type: list<string>, separator: "|"}',
    )
    more = """\
  y:
    read: {contact_window: {hours: {mon: "09:00-20:00"}}}
    key: {at: candidate.contact_at, KEY: x.zones}
    fields: {open: boolean}
"""
    load(both + more.replace("KEY", "zones"))
    with pytest.raises(RefusedDocuments, match="a list can't be a key"):
        load(both + more.replace("KEY", "zone"))
