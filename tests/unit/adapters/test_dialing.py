"""The files for dialers: every allowed contact once, numbers as dialled, misfits named."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import dialing
from adapters.config.candidates import CandidatesDocument
from adapters.config.dialers import LEAD
from adapters.config.documents import ConfigDocument
from adapters.config.output import OutputDocument
from adapters.dialing import check_columns, dialer_files, write_for_dialer
from adapters.sources.text_list import TextList
from engine.diagnostics import RefusedInput, UpfrontError

LEADS = {"preset": "vicidial-lead-file", "columns": {"phone_number": "phone", "first_name": "name"}}
# Without their signs all of these are digits, and nobody's number.
WRONG_ONES = (
    "347111222.0", "39061234567.00", "0612345/0698765", "12 34 56 78 / 87 65 43 21",
    "0612345 0698765", "1234567-7654321", "+39 ( 0 ) 61234567", "2026-03-02", "12/31/2024",
    "-391234567",
)  # fmt: skip
CONTACTS = {"preset": "genesys-contact-list", "phones": {"phone": "Cell"}}


def listed(**columns: list[str]) -> TextList:
    table = pa.table({f"c{i}": pa.array(c, pa.string()) for i, c in enumerate(columns.values())})
    return TextList(tuple(columns), table, pa.array(range(1, table.num_rows + 1), pa.int64()))


def written(folder: Path, output: dict[str, Any], text_list: TextList) -> dict[str, str]:
    """The texts of the dialer's files, by name."""
    document = OutputDocument.model_validate(output)
    check_columns(document, text_list)
    candidates = CandidatesDocument.model_validate({"id": "row", "customer": "row", "offer": "row"})
    config = ConfigDocument.model_construct(candidates=candidates, output=document)
    write_for_dialer(config, text_list, text_list.rows, folder)
    names = dialer_files(document, text_list.table.num_rows).values()
    assert {path.name for path in folder.iterdir()} == set(names)
    return {name: (folder / name).read_bytes().decode() for name in names}


def lead(text: str) -> list[dict[str, str]]:
    """The fields of each line by their names."""
    lines = text.removesuffix("\n").split("\n") if text else []
    return [dict(zip(LEAD, line.split("\t"), strict=True)) for line in lines]


def test_a_lead_file_has_every_field_in_its_order_and_no_header(tmp_path: Path) -> None:
    (text,) = written(tmp_path, LEADS, listed(name=["Zoë"], phone=["0612345678"])).values()
    (only,) = lead(text)
    assert {k: v for k, v in only.items() if v} == {
        "phone_number": "0612345678",
        "first_name": "Zoë",
    }


@pytest.mark.parametrize(
    ("given_number", "dialled"),
    [
        ("+39 06 1234567", "061234567"),
        ("+39.333.1234567", "3331234567"),
        ("(06) 123-45/67", "061234567"),
        ("01.23.45.67.00", "0123456700"),
        ("030/1234567", "0301234567"),
        ("555-123-4567", "5551234567"),
        ("033205 123456", "033205123456"),
        ("033205/123456", "033205123456"),
        ("0612345678", "0612345678"),
    ],
)
def test_numbers_lose_what_dresses_them_and_the_code_that_stands_beside_them(
    tmp_path: Path, given_number: str, dialled: str
) -> None:
    columns = {"phone_number": "phone", "phone_code": {"value": "39"}}
    output = {"preset": "vicidial-lead-file", "columns": columns}
    (text,) = written(tmp_path, output, listed(phone=[given_number])).values()
    assert lead(text)[0]["phone_number"] == dialled


@pytest.mark.parametrize(
    "number",
    ["+44 20 7946 0018", "+39 (0)6 1234567", "3,47E+11", "unknown", "12345", "", "06x1234567",
     "٠٦١٢٣٤٥٦٧٨", "061234567 or 069999999", "+3906123456789012345", *WRONG_ONES,
     "0039061234567", "(0039) 06 1234567"],
)  # fmt: skip
def test_what_may_be_a_wrong_number_never_reaches_the_dialer(tmp_path: Path, number: str) -> None:
    columns = {"phone_number": "phone", "phone_code": {"value": "39"}}
    output = {"preset": "vicidial-lead-file", "columns": columns}
    with pytest.raises(UpfrontError) as refused:
        written(tmp_path, output, listed(phone=["0612345678", number]))
    assert "row 2" in refused.value.message
    assert "phone_number" in refused.value.message
    assert not number or number not in refused.value.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "number",
    ["+39 (0)6 1234567", "3,47E+11", "unknown", "123", "", "++39061234567", "+1" * 9, *WRONG_ONES],
)
def test_a_contact_list_has_no_wrong_number_either(tmp_path: Path, number: str) -> None:
    with pytest.raises(UpfrontError, match="row 2"):
        written(tmp_path, CONTACTS, listed(phone=["+390612345678", number]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [{"value": "39"}, None])
def test_the_code_of_another_country_is_told_as_that(
    tmp_path: Path, code: dict[str, str] | None
) -> None:
    columns: dict[str, Any] = {"phone_number": "phone"} | ({"phone_code": code} if code else {})
    with pytest.raises(UpfrontError) as refused:
        written(
            tmp_path,
            {"preset": "vicidial-lead-file", "columns": columns},
            listed(phone=["+33 612 345678"]),
        )
    assert "1 cell " in refused.value.message
    assert (
        "`phone_number` has a country's code that `phone_code` is not in row 1"
        in refused.value.message
    )
    assert "digits" not in refused.value.message


def test_many_rows_that_do_not_fit_are_counted_and_some_are_named(tmp_path: Path) -> None:
    with pytest.raises(UpfrontError) as refused:
        written(tmp_path, CONTACTS, listed(phone=["x"] * 9))
    assert "9 cells" in refused.value.message
    assert "rows 1, 2, 3, 4, 5 and 4 more" in refused.value.message


def test_a_contact_needs_one_of_its_numbers_only(tmp_path: Path) -> None:
    output = {"preset": "genesys-contact-list", "phones": {"home": "Home", "cell": "Cell"}}
    both = listed(home=["0612345678", ""], cell=["", "3331234567"])
    (tmp_path / "a").mkdir()
    text = written(tmp_path / "a", output, both)
    assert len(list(csv.reader(text["genesys-contact-list.csv"].splitlines()))) == 3
    (tmp_path / "b").mkdir()
    with pytest.raises(UpfrontError, match="`home, cell` is blank in row 1"):
        written(tmp_path / "b", output, listed(home=[""], cell=[" "]))


def test_a_contact_list_says_for_the_api_what_its_columns_are(tmp_path: Path) -> None:
    output = {
        "preset": "genesys-contact-list",
        "columns": {"number": "phone", "zone": "tz", "campaign": {"value": "spring"}},
        "phones": {"number": "Cell"},
        "zone": "zone",
    }
    text = written(tmp_path, output, listed(tz=["Europe/Rome"], phone=["+390612345678"]))
    rows = list(csv.reader(text["genesys-contact-list.csv"].splitlines()))
    assert rows == [["number", "zone", "campaign"], ["+390612345678", "Europe/Rome", "spring"]]
    assert json.loads(text["genesys-contact-list.json"]) == {
        "columnNames": ["number", "zone", "campaign"],
        "phoneColumns": [{"columnName": "number", "type": "Cell", "callableTimeColumn": "zone"}],
    }


def test_more_contacts_than_a_list_takes_make_several_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialing, "MOST_CONTACTS", 2)
    phones = [f"+39061234567{n}" for n in range(5)]
    text = written(tmp_path, CONTACTS, listed(phone=phones))
    lists = [t for name, t in text.items() if name.endswith(".csv")]
    assert [len(t.splitlines()) - 1 for t in lists] == [2, 2, 1]
    assert [row[0] for t in lists for row in list(csv.reader(t.splitlines()))[1:]] == phones


@pytest.mark.parametrize("preset", ["genesys-contact-list", "vicidial-lead-file"])
def test_nobody_allowed_makes_a_file_without_contacts(tmp_path: Path, preset: str) -> None:
    output = (
        CONTACTS
        if preset.startswith("genesys")
        else {**LEADS, "columns": {"phone_number": "phone"}}
    )
    text = next(iter(written(tmp_path, output, listed(phone=[])).values()))
    assert text in ('"phone"\n', "")


def test_texts_that_are_too_long_end_the_run_or_are_cut_if_config_says_so(tmp_path: Path) -> None:
    long = listed(name=["N" * 31], phone=["0612345678"])
    with pytest.raises(UpfrontError, match="`first_name` is longer than 30 characters in row 1"):
        written(tmp_path, LEADS, long)
    (text,) = written(tmp_path, {**LEADS, "too_long": "cut"}, long).values()
    assert lead(text)[0]["first_name"] == "N" * 30


def test_what_identifies_is_never_cut(tmp_path: Path) -> None:
    columns = {"phone_number": "phone", "vendor_lead_code": "id"}
    output = {"preset": "vicidial-lead-file", "columns": columns, "too_long": "cut"}
    with pytest.raises(UpfrontError, match="vendor_lead_code"):
        written(tmp_path, output, listed(id=["9" * 21], phone=["0612345678"]))


def test_a_column_that_the_list_lacks_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(RefusedInput) as refused:
        written(tmp_path, LEADS, listed(name=["x"], phones=["0612345678"]))
    assert "`phone`" in refused.value.message
    assert "phones" in refused.value.hint


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ([f"c{n}" for n in range(50)], "51 columns"),
        (["x" * 129], "128 characters"),
        (["a\\b"], "backslash"),
        ([""], "no name"),
    ],
)
def test_a_list_that_makes_no_contact_list_as_it_is_is_refused_beforehand(
    tmp_path: Path, header: list[str], words: str
) -> None:
    with pytest.raises(RefusedInput, match=words):
        written(tmp_path, CONTACTS, listed(phone=["1"], **{name: ["1"] for name in header}))


def test_numbers_that_a_spreadsheet_guarded_are_dialled_and_those_it_destroyed_are_not(
    tmp_path: Path,
) -> None:
    (text,) = written(tmp_path, LEADS, listed(name=["x"], phone=['="0612345678"'])).values()
    assert lead(text)[0]["phone_number"] == "0612345678"
    with pytest.raises(UpfrontError, match="`first_name` can't be read in row 1"):
        written(tmp_path, LEADS, listed(name=["#N/A"], phone=["0612345678"]))


# What a spreadsheet does to cells is tried above, and signs that nobody sees where they are taken off.
SEEN = st.characters(blacklist_categories=["Cs", "Cf"], blacklist_characters="=#'")
TEXTS = st.text(SEEN, max_size=30).map(lambda text: unicodedata.normalize("NFC", text))
TEXTS = TEXTS.filter(lambda text: not re.search("[0-9][eE][+]", text))


@settings(max_examples=15)
@given(st.lists(st.tuples(TEXTS, st.from_regex(r"[1-9][0-9]{5,15}", fullmatch=True)), max_size=5))
def test_no_text_moves_a_number_to_another_line_or_field(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    text_list = listed(name=[n for n, _ in rows], phone=[p for _, p in rows])
    (text,) = written(tmp_path_factory.mktemp("leads"), LEADS, text_list).values()
    assert [line["phone_number"] for line in lead(text)] == [phone for _, phone in rows]


@settings(max_examples=15)
@given(st.lists(st.tuples(TEXTS, st.from_regex(r"[+]?[0-9]{6,15}", fullmatch=True)), max_size=5))
def test_a_contact_list_holds_the_texts_of_the_list(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    text_list = listed(name=[n for n, _ in rows], phone=[p for _, p in rows])
    folder = tmp_path_factory.mktemp("contacts")
    written(folder, CONTACTS, text_list)
    with (folder / "genesys-contact-list.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream, strict=True)) == [
            ["name", "phone"],
            *([name.strip(), phone] for name, phone in rows),
        ]
