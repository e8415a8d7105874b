"""A small project in the form people write it: a list, two sources, four rules and a pool."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from tests.support.command_line import write

CONFIG = """\
version: 1
rules: [rules/]
languages: [en]
time_zone: Europe/Rome
ledger: sqlite:///upfront.db
signing_key: upfront.key
candidates:
  id: lead
  customer: customer
  offer: offer
  channel: {value: call}
  fields:
    age: integer
    priority: integer
    sku: string
    phone: {type: string, pii: true}
sources:
  stock:
    read: stock.csv
    key: {sku: candidate.sku}
    as_of: updated_at
    max_age: 4h
    fields: {available: integer}
  register:
    read: register.csv.gz
    key: {phone: candidate.phone}
    as_of: {value: 2026-03-01T06:00:00+01:00}
    max_age: 15d
    fields: {listed_on: date}
"""

REGISTER_RULE = """\
  - id: consent.not-listed
    title: Nobody on the register
    owner: tests
    stage: consent
    require: "!has(register.listed_on)"
    moment: ZMOT
    pain: unwanted-contact
    reason: {en: "on the register since {register.listed_on}"}
    legal: true
"""
RULES = (
    """\
rules:
  - id: eligibility.adult
    title: Adults only
    owner: tests
    stage: eligibility
    require: candidate.age >= 18
    moment: ZMOT
    pain: wrong-person
    reason: {en: "{candidate.age} is too young"}
    legal: true
"""
    + REGISTER_RULE
    + """\
  - id: stock.some-left
    title: There are some
    owner: tests
    stage: stock
    applies: has(candidate.sku)
    require: stock.available > 0
    moment: FMOT
    pain: withdrawn.out-of-stock
    reason: {en: "{stock.available} left"}
pools:
  - id: stock.units
    title: Never more than there are
    stage: stock
    applies: has(candidate.sku)
    per: candidate.sku
    limit: stock.available
    order: candidate.priority desc
    moment: FMOT
    pain: withdrawn.out-of-stock
    reason: {en: "all {stock.available} are spoken for"}
"""
)

LIST = """\
lead,customer,offer,age,priority,sku,phone
L1,C1,PHONE,34,5,X1,+33199000001
L2,C2,PHONE,17,4,X1,+33199000002
L3,C3,PHONE,51,3,X1,+33199000003
L4,C4,FIBRE,40,2,,+33199000004
L5,C5,FIBRE,40,2,,+33199000005
L6,C6,PHONE,29,1,X1,+33199000006
L7,C7,FIBRE,,1,,+33199000007
L8,C8,PHONE,60,9,X2,+33199000008
"""
"""Allowed: L1, L3 and L4. L2 is a minor, L5 is listed, two units of X1 are not enough for L6,
the age of L7 is not known, and there is no X2 left for L8."""

ALLOWED = ["L1", "L3", "L4"]

STOCK = """\
sku,available,updated_at
X1,2,2026-03-02T08:00:00+01:00
X2,0,2026-03-02T08:00:00+01:00
"""

REGISTER = """\
phone,listed_on
+33199000005,2025-01-31
+33199009999,2025-02-01
"""


Change = Callable[[Path], object]


def listing(content: str | bytes, name: str = "list.csv") -> Change:
    """What puts that content into a file of a project."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def small_project(folder: Path) -> Path:
    """Write the project into `folder`; returns it."""
    write(folder, {"config.yaml": CONFIG, "rules/all.yaml": RULES, "list.csv": LIST})
    write(folder, {"stock.csv": STOCK})
    (folder / "register.csv.gz").write_bytes(gzip.compress(REGISTER.encode()))
    return folder


def long_list(rows: int) -> str:
    """A list for the same project, of which most rows are blocked."""
    header = LIST.splitlines()[0]
    lines = [
        f"L{n},C{n},PHONE,{16 + n % 5},{n * 7919 % 101},{('X1', 'X2', '')[n % 3]},+3319900{n:04}"
        for n in range(rows)
    ]
    return "\n".join([header, *lines, ""])
