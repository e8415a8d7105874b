"""How many contacts each source told something of, and the warning where it is nobody."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.support.command_line import AS_OF, upfront, write
from tests.support.small_project import REGISTER_RULE

WARNING = "warning: source register told nothing of 1,000 contacts"


@pytest.fixture
def many(small: Path) -> Path:
    """The small project with a list of a thousand and a register of one of them."""
    header = (small / "list.csv").read_text().splitlines()[0]
    rows = (f"{i},C{i},adsl,30,1,,+39055{i:06}" for i in range(1_000))
    columns = "lead,customer,offer,age,priority,sku,phone"
    assert sorted(columns.split(",")) == sorted(header.split(",")), header
    write(
        small,
        {"list.csv": "\n".join([columns, *rows]), "rules/all.yaml": f"rules:\n{REGISTER_RULE}"},
    )
    return small


def register(project: Path, number: str) -> None:
    text = f"phone,listed_on\n{number},2026-01-10\n"
    (project / "register.csv.gz").write_bytes(gzip.compress(text.encode()))


@pytest.mark.parametrize(("number", "found"), [("+39055000007", 1), ("055000007", 0)])
def test_a_register_whose_keys_fit_nobody_is_warned_of(many: Path, number: str, found: int) -> None:
    register(many, number)
    said = upfront(many, "run", "list.csv", "--as-of", AS_OF)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert (WARNING in lines) == (not found)
    assert any(line.startswith("  is it too old, or") for line in lines) == (not found)
    manifest = upfront(many, "run", "list.csv", "--as-of", AS_OF, "--json").data()
    assert manifest["sources"]["register"]["found"] == manifest["counts"]["blocked"] == found
    # No rule asks for the stock.
    assert manifest["sources"].get("stock", {"found": None})["found"] is None


def test_few_contacts_may_well_be_on_no_register(many: Path) -> None:
    register(many, "055000007")
    lines = (many / "list.csv").read_text().splitlines()
    (many / "list.csv").write_text("\n".join(lines[:1_000]))
    said = upfront(many, "run", "list.csv", "--as-of", AS_OF)
    assert said.code == 0, said.err
    assert "told nothing" not in said.out
