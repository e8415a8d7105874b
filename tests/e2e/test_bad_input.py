"""Lists, configs and rules that can't be used: the exit code, the words, and nothing left behind."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command_line import AS_OF, Said, everything, upfront
from tests.support.small_project import CONFIG, LIST, RULES, Change, listing


def refused(folder: Path, code: int, name: str = "list.csv") -> str:
    """Run a list that must be refused; returns what was said."""
    before = everything(folder)
    said = upfront(folder, "run", name, "--as-of", AS_OF)
    assert said.code == code, said.err + said.out
    assert said.out == ""
    assert "Traceback" not in said.err
    assert "unforeseen" not in said.err
    assert everything(folder) == before, "something was written"
    return said.err


# ── exit code 3: this is no candidate list ───────────────────────────────────────────────────────

CUT_OFF = gzip.compress(LIST.encode() * 40, mtime=0)[:-40]
NO_LIST: dict[str, tuple[Change, tuple[str, ...]]] = {
    "an empty file": (listing(""), ("list.csv is empty", "header")),
    "only white space": (listing("\n \n"), ("list.csv is empty", "header")),
    "another delimiter": (
        listing(LIST.replace(",", "~")),
        ("one column only", "candidates: {delimiter"),
    ),
    "a column by another name": (
        listing(LIST.replace("customer,", "costumer,", 1)),
        ("lacks the column `customer`", "did you mean `costumer`"),
    ),
    "columns that are not there": (
        listing("name,town\nAda,Roma\n"),
        ("lacks the columns", "`lead`", "it has: name, town"),
    ),
    "a column that is there twice": (
        listing(LIST.replace("priority", "age", 1)),
        ("`age` more than once", "rename"),
    ),
    "a binary file": (listing(bytes(range(256)) * 8), ("binary file", "CSV")),
    "a zip file that is none": (
        listing(b"PK\x03\x04" + b"x" * 500),
        ("list.csv is damaged or cut off", "again"),
    ),
    "a file cut off while it was copied": (
        listing(CUT_OFF),
        ("list.csv is damaged or cut off", "again"),
    ),
    "two encodings in one file": (
        listing(LIST.replace("L4", "Né").encode("cp1252") + "Lé,C9,FIBRE,40,2,,\n".encode()),
        ("mixes encodings", "line 10 has UTF-8, line 5 has not", "encoding: windows-1252"),
    ),
    "a title above the header": (
        listing("Leads of March\n\n" + LIST),
        ("has its header in line 3", "remove the lines above"),
    ),
    "a quote that is never closed": (
        listing(LIST.replace("L5", '"L5')),
        ("never closed", "line 6", "export it again"),
    ),
}


@pytest.mark.parametrize("case", NO_LIST)
def test_what_is_no_list_is_refused_with_words_that_help(small: Path, case: str) -> None:
    change, words = NO_LIST[case]
    change(small)
    said = refused(small, 3)
    assert "list.csv" in said
    for word in words:
        assert word.lower() in said.lower()


def test_a_list_that_is_not_there_is_refused(small: Path) -> None:
    assert "there is no file gone.csv" in refused(small, 3, "gone.csv")


def test_a_folder_is_no_list(small: Path) -> None:
    assert "rules is a folder" in refused(small, 3, "rules")


def test_a_refusal_says_nothing_of_what_the_list_holds(small: Path) -> None:
    listing(LIST.replace("L5", '"L5').replace("+33199000005", "+39333123456"))(small)
    assert "+39333123456" not in refused(small, 3)


def test_a_refused_list_leaves_the_ledger_and_earlier_runs_alone(small: Path) -> None:
    assert upfront(small, "run", "list.csv", "--as-of", AS_OF).code == 0
    listing("")(small)
    refused(small, 3)


def test_a_list_of_nobody_is_a_run_of_nobody(small: Path) -> None:
    listing(LIST.splitlines()[0] + "\n")(small)
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--json")
    assert said.code == 0, said.err
    manifest = said.data()
    assert manifest["counts"]["read"] == 0
    assert (small / manifest["outputs"]["allowed"]).read_text() == LIST.splitlines()[0] + "\n"
    assert upfront(small, "audit", "verify").code == 0


# ── exit code 2: config and rules ────────────────────────────────────────────────────────────────


def edited(file: str, old: str, new: str) -> Change:
    text = {"config.yaml": CONFIG, "rules/all.yaml": RULES}[file]
    assert old in text
    changed = text.replace(old, new, 1)
    return lambda folder: (folder / file).write_text(changed, "utf-8")


DECISION = """
decisions:
  - id: lift-it
    given: {passed: stock.some-left}
    waive: [eligibility.adult]
    because: {en: "there is enough"}
"""
TWICE = RULES[RULES.index("  - id: eligibility.adult") : RULES.index("  - id: consent.not-listed")]

UNUSABLE: dict[str, tuple[Change, tuple[str, ...]]] = {
    "no config": (
        lambda folder: (folder / "config.yaml").unlink(),
        ("there is no file config.yaml", "upfront init"),
    ),
    "a key of config.yaml that does not exist": (
        edited("config.yaml", "time_zone:", "timezone:"),
        ("config.yaml:4:1", "timezone", "did you mean `time_zone`"),
    ),
    "a config that is no YAML": (
        edited("config.yaml", "rules: [rules/]", "rules: [rules/"),
        ("config.yaml:",),
    ),
    "a time zone that does not exist": (
        edited("config.yaml", "Europe/Rome", "Europe/Roma"),
        ("config.yaml:4:", "Europe/Rome"),
    ),
    "a source joined on a fact that does not exist": (
        edited("config.yaml", "{sku: candidate.sku}", "{sku: candidate.sk}"),
        ("config.yaml:", "candidate.sk`", "did you mean `candidate.sku`"),
    ),
    "a field in a rule that does not exist": (
        edited("rules/all.yaml", "stock.available > 0", "stock.availible > 0"),
        ("rules/all.yaml:25:14", "stock.availible", "did you mean `stock.available`"),
    ),
    "text compared with a number": (
        edited("rules/all.yaml", "candidate.age >= 18", "candidate.sku >= 18"),
        ("rules/all.yaml:6:",),
    ),
    "a condition that does not end": (
        edited("rules/all.yaml", "candidate.age >= 18", "candidate.age >= ("),
        ("rules/all.yaml:6:",),
    ),
    "a key of a rule that does not exist": (
        edited("rules/all.yaml", "owner: tests", "owned: tests"),
        ("rules/all.yaml:4:5", "did you mean `owner`"),
    ),
    "a tab in a rule file": (
        edited("rules/all.yaml", "    owner: tests", "\towner: tests"),
        ("rules/all.yaml:4:1", "tab", "spaces"),
    ),
    "an id used twice": (
        edited("rules/all.yaml", "rules:\n", f"rules:\n{TWICE}"),
        ("rules/all.yaml:11:", "eligibility.adult"),
    ),
    "a legal rule that is waived": (
        edited("rules/all.yaml", "pools:\n", f"{DECISION[1:]}pools:\n"),
        ("rules/all.yaml:32:", "lift-it", "a legal rule can't be waived"),
    ),
    "rules that are not there": (
        edited("config.yaml", "[rules/]", "[roules/]"),
        ("config.yaml:2:9", "there is no `roules/`"),
    ),
    "a secret that is not set": (
        edited("config.yaml", "sqlite:///upfront.db", "sqlite:///${UPFRONT_NO_SUCH_NAME}.db"),
        ("UPFRONT_NO_SUCH_NAME", "not set"),
    ),
    "a ledger that is no address": (
        edited("config.yaml", "sqlite:///upfront.db", "upfront.db"),
        ("ledger", "sqlite:///upfront.db"),
    ),
    "a rule file that is no text": (
        lambda folder: (folder / "rules" / "all.yaml").write_bytes(b"rules:\n  - id: \xe9\n"),
        ("rules/all.yaml", "UTF-8"),
    ),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_is_wrong_in_config_or_rules_is_said_with_its_place(small: Path, case: str) -> None:
    change, words = UNUSABLE[case]
    change(small)
    said = refused(small, 2)
    for word in words:
        assert word.lower() in said.lower()


def test_every_problem_is_told_at_once(small: Path) -> None:
    bad = RULES.replace("owner: tests", "owned: tests", 1).replace("stage: stock", "stage: stok", 1)
    (small / "rules" / "all.yaml").write_text(bad)
    said = refused(small, 2)
    assert "rules/all.yaml:4:" in said
    assert "rules/all.yaml:23:12" in said
    assert "feasibility, price, data" in said
    assert "problems in configuration or rules" in said


# ── usage and places ─────────────────────────────────────────────────────────────────────────────


def fails(folder: Path, *arguments: str | Path) -> Said:
    before = everything(folder)
    said = upfront(folder, *arguments)
    assert said.out == ""
    assert everything(folder) == before
    return said


def test_a_clock_that_is_none_is_wrong_usage(small: Path) -> None:
    said = fails(small, "run", "list.csv", "--as-of", "tomorrow")
    assert said.code == 2
    assert "--as-of" in said.err
    assert "2026-03-02T09:30:00+01:00" in said.err


def test_a_command_that_does_not_exist_is_wrong_usage(small: Path) -> None:
    said = fails(small, "plann", "list.csv")
    assert said.code == 2
    assert "did you mean `plan`" in said.err


def test_without_a_list_the_command_says_how_to_name_one(small: Path) -> None:
    said = fails(small, "run", "--as-of", AS_OF)
    assert said.code == 2
    assert "name a list" in said.err


@pytest.mark.parametrize("arguments", [("l\udcff.csv",), ("list.csv", "--out", "o\udcff")])
def test_names_that_are_no_text_are_wrong_usage(small: Path, arguments: tuple[str, ...]) -> None:
    said = fails(small, "run", *arguments, "--as-of", AS_OF)
    assert (said.code, "UTF-8" in said.err) == (2, True)


def test_a_copy_into_a_folder_that_is_not_there_fails_the_run(small: Path) -> None:
    said = fails(small, "run", "list.csv", "--as-of", AS_OF, "--allowed", "gone/tonight.csv")
    assert said.code == 1
    assert "there is no folder gone" in said.err


def test_results_that_cannot_be_written_fail_the_run_and_record_nothing(small: Path) -> None:
    (small / "taken").write_text("a file")
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--out", "taken")
    assert said.code == 1
    assert "--out" in said.err
    assert upfront(small, "audit", "list", "--json").data() == []


def test_a_ledger_whose_runs_cannot_be_read_is_told_so_and_not_added_to(small: Path) -> None:
    assert upfront(small, "run", "list.csv", "--as-of", AS_OF).code == 0
    with closing(sqlite3.connect(small / "upfront.db")) as ledger, ledger:
        ledger.execute("UPDATE run SET counts = 'x'")
    said = fails(small, "run", "list.csv", "--as-of", AS_OF)
    assert (said.code, "upfront audit verify" in said.err) == (4, True)
