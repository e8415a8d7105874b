"""A list whose numbers, days and hours are judged by what they tell by themselves."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from tests.support.command_line import upfront, write

CONFIG = """\
version: 1
rules: [rules.yaml]
languages: [en]
time_zone: Europe/Rome
candidates:
  id: lead
  customer: lead
  offer: {value: X}
  contact_at: at
  fields:
    phone: {type: string, pii: true}
    home: string
sources:
  phone:
    read: {phone: {region: IT}}
    key: {number: candidate.phone}
    fields:
      valid: boolean
      type: string
      zones: {type: list<string>, separator: "|"}
  day:
    read: {calendar: {country: IT}}
    key: {day: candidate.contact_at}
    fields: {holiday: boolean, name: {type: string, column: holiday_name}, number: {type: integer, column: weekday_number}}
  window:
    read:
      contact_window:
        hours: {mon-fri: "09:00-20:00", sat: "10:00-19:00", sun: none, eve: "10:00-19:00", holiday: none}
        country: IT
    key: {at: candidate.contact_at, zones: phone.zones, zone: candidate.home}
    fields: {open: boolean, opens_at: timestamp, local_times: string}
"""
RULES = """\
rules:
  - id: contact-policy.hours
    title: Within the permitted hours
    owner: tests
    stage: contact-policy
    require: window.open
    moment: FMOT
    pain: unwanted.bad-time
    reason: {en: "{window.local_times}, opens {window.opens_at}"}
  - id: contact-policy.holiday
    title: Not on holidays
    owner: tests
    stage: contact-policy
    require: ["!day.holiday", day.number < 7]
    moment: FMOT
    pain: unwanted.bad-time
    reason: {en: "It is {day.name}"}
  - id: data.number
    title: A number that can be called
    owner: tests
    stage: data
    require: [phone.valid, 'phone.type in ["mobile", "fixed-line"]']
    moment: FMOT
    pain: unreachable.number
    reason: {en: "The number can't be called"}
"""
LIST = """\
lead,at,phone,home
good,2026-03-02T09:30:00+01:00,+39 333 1234567,
too early,2026-03-02T08:59:59+01:00,333 1234567,
too early on the Canaries,2026-03-02T09:30:00+01:00,+34 612 345678,
lives in Madrid,2026-03-02T09:30:00+01:00,+34 612 345678,Europe/Madrid
lives nowhere,2026-03-02T09:30:00+01:00,+34 612 345678,Europe/Nowhere
zero lost,2026-03-02T09:30:00+01:00,+39 6 6982,Europe/Rome
holiday,2026-06-02T09:30:00+02:00,+39 333 1234567,
before a holiday,2026-06-01T09:30:00+02:00,+39 333 1234567,
no number,2026-03-02T09:30:00+01:00,,Europe/Rome
"""


def screened(folder: Path, *more: str) -> tuple[list[str], dict[str, str], dict[str, Any]]:
    """The allowed, why each of the others was stopped, and the manifest."""
    write(folder, {"config.yaml": CONFIG, "rules.yaml": RULES, "list.csv": LIST})
    said = upfront(
        folder, "run", "list.csv", "--as-of", "2026-03-01T12:00:00+01:00", "--json", *more
    )
    assert said.code == 0, said.err
    assert "1234567" not in said.out + said.err
    manifest = said.data()
    listed = {}
    for name in ("allowed", "blocked"):
        with (folder / manifest["outputs"][name]).open(encoding="utf-8", newline="") as stream:
            listed[name] = list(csv.DictReader(stream))
    assert "1234567" not in json.dumps(listed["blocked"])
    reasons = {r["candidate_id"]: f"{r['cause']}: {r['reason']}" for r in listed["blocked"]}
    return [row["lead"] for row in listed["allowed"]], reasons, manifest


def test_who_may_be_called_follows_from_numbers_days_and_clocks(tmp_path: Path) -> None:
    allowed, reasons, manifest = screened(tmp_path)
    assert allowed == ["good", "lives in Madrid"]
    assert reasons["holiday"] == "failed: It is Festa della Repubblica"
    assert reasons["zero lost"].startswith("failed: The number can't be called")
    assert reasons["too early"].startswith("failed: Europe/Rome 08:59|Europe/Vatican 08:59, opens")
    assert "Atlantic/Canary 08:30" in reasons["too early on the Canaries"]
    assert "opens 2026-06-01" in reasons["before a holiday"]
    assert "unknown-zone" in reasons["lives nowhere"]
    assert reasons["no number"].startswith("unknown: ")
    assert (tmp_path / ".upfront-cache").stat().st_mode & 0o777 == 0o700
    assert all(source["digest"] for source in manifest["sources"].values())
    # The second run finds the numbers in the cache, and says the same of them.
    again = screened(tmp_path, "--out", "again")
    assert again[:2] == (allowed, reasons)
    assert again[2]["run_id"] == manifest["run_id"]
