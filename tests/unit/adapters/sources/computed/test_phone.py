"""What numbers tell by themselves: never an exception, and never a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers.timezone import time_zones_for_number
from phonenumbers.tzdata import TIMEZONE_DATA

from adapters.config.computed import KINDS
from adapters.sources.computed.clocks import is_zone
from adapters.sources.computed.phone import Phone
from adapters.sources.computed.phone_number import told

WANTED = tuple(KINDS["phone"].gives)


def asked(
    *numbers: str | tuple[str, str | None], region: str | None = None, cache: Path | None = None
) -> list[dict[str, Any]]:
    pairs = [n if isinstance(n, tuple) else (n, None) for n in numbers]
    keys = pa.table(
        {
            "number": pa.array([n for n, _ in pairs], pa.string()),
            "region": pa.array([r for _, r in pairs], pa.string()),
        }
    )
    found = Phone(region, WANTED, cache)(keys)
    assert found.problem is not None
    rows = zip(found.table.to_pylist(), found.problem.to_pylist(), strict=True)
    return [{**row, "problem": problem} for row, problem in rows]


def one(number: str, region: str | None = "IT") -> dict[str, Any]:
    (row,) = asked(number, region=region)
    return row


def test_an_italian_number_keeps_its_zero() -> None:
    assert one("02 1234567") == {
        "valid": "true",
        "possible": "true",
        "type": "fixed-line",
        "mobile": "false",
        "e164": "+39021234567",
        "region": "IT",
        "country_code": "39",
        "zones": "Europe/Rome",
        "zone": "Europe/Rome",
        "problem": None,
    }


def test_an_italian_number_that_lost_its_zero_is_not_valid() -> None:
    row = one("+39 6 6982")
    assert (row["valid"], row["problem"]) == ("false", None)
    assert {row[name] for name in WANTED if name not in ("valid", "possible")} == {None}


def test_the_region_may_differ_from_the_country_code() -> None:
    row = one("+39 06 698 12345")
    assert (row["region"], row["country_code"], row["zone"]) == ("VA", "39", "Europe/Vatican")


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+39 333 1234567", "Europe/Rome|Europe/Vatican"),
        ("+34 612 345 678", "Atlantic/Canary|Europe/Madrid"),
        ("+1 907 555 2368", "America/Adak|America/Anchorage|America/Juneau|America/Nome"),
    ],
)
def test_the_zones_of_a_number_are_a_set(number: str, zones: str) -> None:
    row = one(number)
    assert row["zones"] is not None
    assert set(row["zones"].split("|")) <= set(zones.split("|"))
    assert len(row["zones"].split("|")) > 1
    assert row["zone"] is None


def test_american_numbers_may_be_fixed_or_mobile() -> None:
    row = one("+1 212 555 0123", None)
    assert (row["type"], row["mobile"]) == ("fixed-line-or-mobile", None)
    assert one("+39 333 1234567")["mobile"] == "true"
    assert one("no number")["mobile"] is None


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+39 800 123456", "toll-free"),
        ("+39 899 123456", "premium-rate"),
        ("+44 7911 123456", "mobile"),
        ("+800 1234 5678", "toll-free"),
    ],
)
def test_the_type_is_named_in_words(number: str, kind: str) -> None:
    assert one(number)["type"] == kind


def test_a_number_of_no_country_has_neither_region_nor_zone() -> None:
    row = one("+800 1234 5678")
    assert (row["valid"], row["region"], row["zones"], row["zone"]) == ("true", None, None, None)


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("tel:+39-02-1234567;ext=12", "+39021234567"),
        ("+39 02 1234567 ext. 9", "+39021234567"),
        ("0039 333 1234567", "+393331234567"),
        ("393331234567", "+393331234567"),
        ("３３３ １２３４５６７", "+393331234567"),
        ("(+39) 333.123.45.67", "+393331234567"),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, e164: str) -> None:
    assert one(text)["e164"] == e164


def test_letters_stand_for_digits_as_on_the_keys() -> None:
    assert one("1-800-FLOWERS", "US")["e164"] == "+18003569377"


@pytest.mark.parametrize(
    "text", ["030 123456 home", "+49 30 123456 (Tom)", "030 123456 Mama", "030 123456 - privat"]
)
def test_words_behind_a_number_make_no_other_number_of_it(text: str) -> None:
    # As digits, `home` would make +49301234564663 of it: valid, and on no register.
    row = one(text, "DE")
    assert (row["valid"], row["e164"], row["problem"]) == (None, None, "words-behind-number")


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("030 12345 / 030 1234", "DE"),
        ("0891234567/68", "DE"),
        ("0301234 0305678", "DE"),
        ("06 123456/7", "IT"),
    ],
)
def test_of_several_numbers_in_a_cell_nothing_is_known(text: str, region: str) -> None:
    row = one(text, region)
    assert (row["valid"], row["e164"], row["problem"]) == (None, None, "several-numbers")


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("030/123456", "DE", "+4930123456"),
        ("333/123.45.67", "IT", "+393331234567"),
        ("212/555/1234", "US", "+12125551234"),
        ("030 1234 0567", "DE", "+493012340567"),
        ("01.23.45.67.00", "FR", "+33123456700"),
    ],
)
def test_signs_within_one_number_are_passed_over(text: str, region: str, e164: str) -> None:
    assert one(text, region)["e164"] == e164


@pytest.mark.parametrize(
    "text",
    ["393331234567.0", "+393331234567.00", "3331234567.0", "393331234567,0", "33312345.00"],
)
def test_a_number_written_as_an_amount_is_no_other_number(text: str) -> None:
    row = one(text)
    assert (row["valid"], row["e164"], row["problem"]) == (None, None, "number-with-fraction")


@pytest.mark.parametrize(
    "text", ["privat 030 123456", "030 123456 ext. 9", "030 123456 x12", "tel:+49-30-123456;ext=2"]
)
def test_words_that_do_not_stand_for_digits_are_passed_over(text: str) -> None:
    assert one(text, "DE")["e164"] == "+4930123456"


@pytest.mark.parametrize(
    "text",
    ["112", "4040", "n/a", "3,47E+11", "3.93331E+11", "0", "-", "x" * 5000, "+", "++39", "\x00",
     "0" * 300, "+999 123456", "333 1234567 / 02 1234567", "non chiamare", "🙂", "=\"0039\""],
)  # fmt: skip
def test_what_is_no_number_is_known_not_to_be_valid(text: str) -> None:
    row = one(text)
    assert (row["valid"], row["problem"], row["e164"]) == ("false", None, None)


def test_a_national_number_without_a_region_can_not_be_told() -> None:
    rows = asked("333 1234567", "+39 333 1234567", "+999 1234567", "n/a")
    assert [row["problem"] for row in rows] == ["no-region", None, None, None]
    assert [row["valid"] for row in rows] == [None, "true", "false", "false"]


def test_the_region_of_a_number_goes_before_that_of_the_settings() -> None:
    rows = asked(
        ("612 345 678", "ES"), ("612 345 678", " es "), ("612 345 678", None),
        ("612 345 678", "Spain"), ("+34 612 345 678", "UK"), ("612 345 678", ""), region="ES",
    )  # fmt: skip
    assert [row["region"] for row in rows] == ["ES", "ES", "ES", None, "ES", "ES"]
    assert [row["problem"] for row in rows] == [
        None, None, None, "unknown-region", None, None,
    ]  # fmt: skip


def test_failures_are_counted_without_any_number() -> None:
    keys = pa.table({"number": ["333 1234567", "+39 333 1234567"]})
    phone = Phone(None, WANTED, None)
    phone(keys)
    assert (phone.rows, phone.failure) == (1, "1 of 2 keys got no answer: 1 no-region")


def test_every_zone_of_a_number_is_one_whose_clock_is_known() -> None:
    assert [z for zones in TIMEZONE_DATA.values() for z in zones if not is_zone(z)] == []


digits = st.text("0123456789", min_size=1, max_size=14)
regions = st.sampled_from(["IT", "ES", "GB", "US", "DE", "FR", "AR", "BR", "MX", "CI", None])


@given(st.tuples(st.sampled_from(["", "+", "+39", "+1", "+44 ", "00", "0"]), digits), regions)
@settings(max_examples=120, deadline=None)
def test_it_tells_what_the_library_tells(parts: tuple[str, str], region: str | None) -> None:
    text = "".join(parts)
    row = told([text], [region]).to_pylist()[0]
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        assert not row["valid"]
        return
    valid = phonenumbers.is_valid_number(number)
    assert row["valid"] == valid
    assert row["possible"] == phonenumbers.is_possible_number(number)
    if valid:
        zones = [z for z in time_zones_for_number(number) if z != "Etc/Unknown"]
        assert (row["zones"] or "").split("|") == (zones or [""])


@given(st.text(max_size=300) | st.text("+0123456789 ()-.;:/extel=EÀ٣", max_size=40), regions)
@example("+" * 251, "IT")
@example("201000A0", "DE")
@settings(max_examples=120, deadline=None)
def test_no_text_is_an_exception(text: str, region: str | None) -> None:
    row = told([text], [region]).to_pylist()[0]
    assert row["problem"] in (
        None, "no-region", "words-behind-number", "several-numbers", "number-with-fraction",
    )  # fmt: skip
    assert (row["valid"] is None) == (row["problem"] is not None)
    assert bool(row["valid"]) == (row["e164"] is not None)


def test_a_library_that_fails_on_a_text_clears_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr(phonenumbers, "parse", fails)
    row = one("+39 333 1234567")
    assert (row["valid"], row["problem"]) == (None, "unreadable-number")


def test_no_numbers_are_no_answers(tmp_path: Path) -> None:
    assert asked(cache=tmp_path / "cache") == []
