"""Makes every file of the sample from the original list; run it from anywhere:

    python samples/make_samples.py [FOLDER]

It writes into FOLDER (default: where this script is). Nothing is random and nothing depends on
the day, so the files come out the same each time. samples/README.md says what is real in them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import about_customers
import about_lines
import catalogue
import towns
from people import TAKEN_ID, Lead, call_list, read_original
from writing import write_csv, write_parquet, write_sqlite

HERE = Path(__file__).resolve().parent
ORIGINAL = HERE / "source" / "bank-full.csv.gz"
SMALL = 42


def small_list(columns: Sequence[str], leads: Sequence[Lead]) -> list[Lead]:
    """About forty leads that differ as much as possible, in the order of the list.

    The first of each offer, of each kind of spoilt row (with the row whose id was taken) and of
    each kind of missing cell, both leads of the first customer with two offers, and then rows
    spread over the list.
    """
    chosen: set[int] = set()
    seen: set[str] = set()
    by_customer: dict[str, int] = {}
    cells_that_may_be_blank = ("phone", "email", "priority", "preferred_language", "line_id")
    for i, lead in enumerate(leads):
        kinds = [lead.planted or f"offer {lead.offer_code}"]
        if not lead.planted:
            kinds += [
                f"no {name}"
                for name in cells_that_may_be_blank
                if not lead.cells[columns.index(name)]
            ]
        first = by_customer.setdefault(lead.customer.id, i)
        if first != i and "second offer" not in seen:
            chosen.add(first)
            kinds.append("second offer")
        if not seen.issuperset(kinds):
            chosen.add(i)
            if lead.planted == TAKEN_ID:
                chosen.add(i - 1)
            seen.update(kinds)
    spread = (i for i in range(700, len(leads), 1_117) if not leads[i].planted)
    for i in spread:
        if len(chosen) >= SMALL:
            break
        chosen.add(i)
    return [leads[i] for i in sorted(chosen)]


def make(folder: Path) -> None:
    """Writes the whole sample into `folder`, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    columns, leads, people = call_list(*read_original(ORIGINAL))
    write_csv(folder / "call-list.csv.gz", columns, (lead.cells for lead in leads), ";")
    small = (lead.cells for lead in small_list(columns, leads))
    write_csv(folder / "small-list.csv", columns, small, ";")

    write_csv(folder / "offers.csv", catalogue.OFFER_COLUMNS, catalogue.offers())
    write_csv(folder / "stock.csv", catalogue.STOCK_COLUMNS, catalogue.stock())
    write_csv(folder / "towns.csv", towns.COLUMNS, towns.rows())
    write_csv(folder / "lines.csv.gz", about_lines.LINE_COLUMNS, about_lines.lines(people))
    write_csv(folder / "cabinets.csv", about_lines.CABINET_COLUMNS, about_lines.cabinets())

    about = about_customers
    rows = list(about.customers(people))
    write_parquet(folder / "customers.parquet", about.CUSTOMER_SCHEMA, rows)
    write_csv(folder / "consent.csv.gz", about.CONSENT_COLUMNS, about.consents(people))
    # A register is sorted by number; in the list's order it would give the customers away.
    listed = sorted(about.register(people))
    write_csv(folder / "do-not-call.csv.gz", about.REGISTER_COLUMNS, listed)
    write_csv(folder / "contact-history.csv.gz", about.HISTORY_COLUMNS, about.history(people))
    tickets = about.tickets(people)
    write_sqlite(folder / "tickets.sqlite", about.CREATE_TICKETS, about.INSERT_TICKETS, tickets)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
