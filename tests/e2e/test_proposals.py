"""Offers that decisions propose instead stand beside the block, in the list of the blocked."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.support.command_line import AS_OF, upfront, write

PROPOSALS = """\
decisions:
  - {id: less, given: {failed: stock.some-left}, propose: SIM-ONLY}
  - {id: for-the-young, given: {failed: eligibility.adult}, propose: SIM-ONLY}
  - {id: for-parents, given: {failed: eligibility.adult}, propose: FAMILY}
  - {id: for-adults, given: {passed: eligibility.adult, failed: consent.not-listed}, propose: POST}
"""


def test_a_blocked_contact_tells_each_offer_that_is_proposed_instead(small: Path) -> None:
    write(small, {"rules/proposals.yaml": PROPOSALS})
    manifest = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--json").data()
    with (small / manifest["outputs"]["blocked"]).open(encoding="utf-8", newline="") as stream:
        told = {row["candidate_id"]: row["proposed"] for row in csv.DictReader(stream)}
    # The age of L7 is not known, so nothing is proposed on a guess; L6 lacks room only.
    assert told == {"L2": "FAMILY|SIM-ONLY", "L5": "POST", "L6": "", "L7": "", "L8": "SIM-ONLY"}
