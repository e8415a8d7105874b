"""A run with a file for a dialer: the allowed contacts and nobody else, or nothing at all."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import AS_OF, upfront, write
from tests.support.small_project import ALLOWED, CONFIG, LIST

OUTPUT = """\
output:
  preset: vicidial-lead-file
  columns: {phone_number: phone, vendor_lead_code: lead, phone_code: {value: "33"}}
"""


def test_the_dialer_gets_the_allowed_contacts_beside_the_lists(small: Path) -> None:
    # It is nobody's business whether a blocked contact could be dialled: L2 is a minor.
    listed = LIST.replace("+33199000002", "unknown")
    write(small, {"config.yaml": CONFIG + OUTPUT, "list.csv": listed})
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--json")
    assert said.code == 0, said.err
    outputs = said.data()["outputs"]
    assert set(outputs) == {"allowed", "blocked", "vicidial-lead-file"}
    lines = (small / outputs["vicidial-lead-file"]).read_text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ALLOWED
    assert all(line.split("\t")[4].startswith("19900000") for line in lines)
    again = upfront(small, "run", "list.csv", "--as-of", AS_OF)
    assert "dialer" in again.out
    assert "vicidial-lead-file.txt" in again.out


def test_a_number_that_may_be_wrong_stops_the_run_and_leaves_nothing(small: Path) -> None:
    bad = LIST.replace("+33199000003", "+44 20 7946 0018")
    write(small, {"config.yaml": CONFIG + OUTPUT, "list.csv": bad})
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF)
    assert said.code == 1
    assert "row 3" in said.err
    assert "7946" not in said.err
    assert list((small / "out").iterdir()) == []
    assert upfront(small, "audit", "list").out.count("L2") == 0
