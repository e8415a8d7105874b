"""The call list: the real columns of the Bank Marketing list with made-up ones beside them."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from catalogue import WEIGHTS
from chance import ROME_IN_WINTER, between, draw, happens, iso, pick

# Known only after the call, so they cannot be on a list made before it.
AFTER_THE_CALL = ("duration", "y")

MADE_UP = (
    "lead_id",
    "customer_id",
    "offer_code",
    "priority",
    "planned_at",
    "phone",
    "email",
    "preferred_language",
    "town",
    "postcode",
    "line_id",
)

# Six blocks of 10,000 numbers that the French regulator keeps for works of fiction
# (Arcep, decision 2018-0881, 2.5.12): enough for a number of its own for every customer.
FICTION = ("19900", "26191", "35301", "46571", "53649", "63998")

TOWNS = (
    ("00184", "Roma", "it"),
    ("20121", "Milano", "it"),
    ("10121", "Torino", "it"),
    ("47121", "Forlì", "it"),
    ("09124", "Cagliari", "it"),
    ("80133", "Napoli", "it"),
    ("40121", "Bologna", "it"),
    ("28001", "Madrid", "es"),
    ("15001", "A Coruña", "es"),
    ("24001", "León", "es"),
    ("29001", "Málaga", "es"),
    ("08001", "Barcelona", "ca"),
    ("17001", "Girona", "ca"),
    ("25001", "Lleida", "ca"),
    ("43001", "Tarragona", "ca"),
)

_SPOKEN = {
    "it": (("it", 94.0), ("en", 4.0), ("de", 0.7), ("", 1.3)),
    "es": (("es", 92.0), ("ca", 2.0), ("en", 4.0), ("de", 0.7), ("", 1.3)),
    "ca": (("ca", 46.0), ("es", 49.0), ("en", 3.0), ("de", 0.7), ("", 1.3)),
}


TAKEN_ID = "invalid 3"
"""What `Lead.planted` says of a row that bears the id of the row before it."""


@dataclass(frozen=True)
class Customer:
    """Somebody on the list; `number` counts from 0, `age` and `job` are those of the real row."""

    number: int
    age: int
    job: str

    @property
    def id(self) -> str:
        return f"C{self.number:06d}"

    @property
    def phone(self) -> str:
        """In international form; 7919 is prime to 60,000, so no two customers share one."""
        at = (self.number * 7919 + 13) % 60_000
        return f"+33{FICTION[at // 10_000]}{at % 10_000:04d}"

    @property
    def line_id(self) -> str:
        return f"LN{self.number:06d}"

    @property
    def town(self) -> tuple[str, str, str]:
        """Postcode, name, language of the place."""
        return TOWNS[between(self.number, "town", 0, len(TOWNS) - 1)]


@dataclass(frozen=True)
class Lead:
    """One row of the list: `cells` as written, in the list's column order."""

    cells: tuple[str, ...]
    customer: Customer
    offer_code: str
    planted: str = ""


def read_original(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the original list, all of its columns, as text."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    return rows[0], rows[1:]


def call_list(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[list[str], list[Lead], list[Customer]]:
    """The list's header, its leads in the original order, and the customers they belong to.

    Some customers appear with a second offer, beside a row that is equal in age, job, marital
    status, education, default, housing and loan.
    """
    kept = [i for i, name in enumerate(header) if name not in AFTER_THE_CALL]
    same = [
        header.index(n)
        for n in ["age", "job", "marital", "education", "default", "housing", "loan"]
    ]
    customers: list[Customer] = []
    waiting: dict[tuple[str, ...], tuple[Customer, str]] = {}
    leads: list[Lead] = []
    for i, row in enumerate(rows):
        profile = tuple(row[at] for at in same)
        offer = pick(i, "offer", WEIGHTS)
        if profile in waiting and happens(i, "second offer", 0.035):
            customer, first = waiting.pop(profile)
            if happens(i, "same offer twice", 0.06):
                offer = first
        else:
            customer = Customer(len(customers), int(row[0]), row[1])
            customers.append(customer)
            waiting[profile] = (customer, offer)
        made_up = _made_up(i, customer, offer)
        leads.append(Lead((*(row[at] for at in kept), *made_up), customer, offer))
    columns = [*(header[at] for at in kept), *MADE_UP]
    return columns, _plant_invalid(columns, leads), customers


def _made_up(i: int, customer: Customer, offer: str) -> tuple[str, ...]:
    """The made-up cells of row `i`, in the order of MADE_UP."""
    postcode, town, place = customer.town
    if happens(i, "moved", 0.05):
        postcode, town, place = TOWNS[between(i, "moved to", 0, len(TOWNS) - 1)]
    return (
        f"L{i + 1:06d}",
        customer.id,
        offer,
        _priority(i),
        iso(_planned_at(i)),
        _phone(i, customer),
        _email(customer),
        pick(customer.number, "language", _SPOKEN[place]),
        town,
        postcode,
        "" if happens(i, "no line id", 0.008) else customer.line_id,
    )


def _priority(i: int) -> str:
    if happens(i, "no priority", 0.01):
        return "" if happens(i, "blank priority", 0.6) else "n/a"
    return str(between(i, "priority", 1, 100))


def _planned_at(i: int) -> datetime:
    """During the day; a few too early or too late in the evening."""
    midnight = datetime(2026, 3, 2, tzinfo=ROME_IN_WINTER)
    if happens(i, "bad hour", 0.025):
        minutes = 20 * 60 + 5 * between(i, "evening", 0, 9)
        if happens(i, "morning", 0.3):
            minutes = 8 * 60 + 5 * between(i, "early", 0, 11)
    else:
        minutes = 9 * 60 + 30 + 5 * between(i, "minute", 0, 125)
    return midnight + timedelta(minutes=minutes)


def _phone(i: int, customer: Customer) -> str:
    """The number, sometimes missing and sometimes as a spreadsheet would have left it."""
    whole = customer.phone
    fate = draw(i, "phone")
    if fate < 0.010:
        return ""
    if fate < 0.018:
        return whole[1:]  # the plus is lost
    if fate < 0.022:
        return f"{whole[1]},{whole[2:4]}E+10"
    if fate < 0.030:
        return "0" + whole[3:]  # the national form
    return whole


def _email(customer: Customer) -> str:
    """An address under a name reserved for examples; sometimes none, sometimes not one."""
    fate = draw(customer.number, "email")
    if fate < 0.14:
        return ""
    if fate < 0.19:
        return f"{customer.id.lower()}.example.org"
    return f"{customer.id.lower()}@example.{'org' if fate < 0.6 else 'com'}"


def _plant_invalid(columns: Sequence[str], leads: list[Lead]) -> list[Lead]:
    """Spoils one row in 3,001 so that it is no candidate at all, in seven ways."""
    at = {name: columns.index(name) for name in columns}
    for turn, i in enumerate(range(1_500, len(leads), 3_001)):
        cells = list(leads[i].cells)
        match turn % 7:
            case 0:
                cells[at["customer_id"]] = ""
            case 1:
                cells[at["offer_code"]] = ""
            case 2:
                cells[at["planned_at"]] = "2026-02-30T11:00:00+01:00"
            case 3:
                cells[at["lead_id"]] = leads[i - 1].cells[at["lead_id"]]
            case 4:
                cells[at["lead_id"]] = ""
            case 5:
                cells.append("call after lunch")
            case 6:
                del cells[at["phone"] :]
        leads[i] = replace(leads[i], cells=tuple(cells), planted=f"invalid {turn % 7}")
    return leads
