"""What the network knows of each line and cabinet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chance import between, days_ago, draw, happens, hours_ago, iso, pick
from people import TOWNS, Customer

LINE_COLUMNS = [
    "line_id",
    "technology",
    "max_down_mbps",
    "status",
    "cabinet",
    "postcode",
    "checked_at",
]
CABINET_COLUMNS = ("cabinet", "free_ports", "updated_at")

CABINETS_PER_TOWN = 40

_SPEEDS = {
    "FTTH": ((1_000, 70.0), (2_500, 20.0), (300, 10.0)),
    "FTTC": ((200, 40.0), (100, 35.0), (60, 17.0), (30, 8.0)),
    "FWA": ((100, 60.0), (50, 25.0), (30, 15.0)),
    "ADSL": ((20, 60.0), (8, 40.0)),
}
_STATUSES = (
    ("feasible", 90.0),
    ("feasible-degraded", 3.0),
    ("planned", 3.0),
    ("saturated", 2.0),
    ("not-feasible", 2.0),
)


def cabinet_of(customer: Customer) -> str:
    """The name of the cabinet that serves the customer's line."""
    number = between(customer.number, "cabinet", 1, CABINETS_PER_TOWN)
    return f"{customer.town[0]}-{number:02d}"


def lines(people: Iterable[Customer]) -> Iterator[Sequence[str]]:
    """Rows of lines.csv.gz. Planted: missing rows, speeds unreadable or blank, qualifications
    older than a month, lines without a cabinet.
    """
    for who in people:
        n = who.number
        if happens(n, "line not found", 0.012):
            continue
        technology = pick(
            n, "technology", (("FTTH", 62.0), ("FTTC", 23.0), ("FWA", 9.0), ("ADSL", 6.0))
        )
        speed = str(pick(n, "speed", _SPEEDS[technology]))
        if happens(n, "speed lost", 0.008):
            speed = "n/d" if happens(n, "speed unreadable", 0.5) else ""
        stale = happens(n, "line stale", 0.02)
        days = between(n, "line age", 31, 200) if stale else between(n, "line fresh", 0, 28)
        yield (
            who.line_id,
            technology,
            speed,
            pick(n, "line status", _STATUSES),
            "" if happens(n, "no cabinet", 0.004) else cabinet_of(who),
            who.town[0],
            str(days_ago(days)),
        )


def cabinets() -> Iterator[Sequence[str]]:
    """Rows of cabinets.csv. Planted: missing rows, counts blank, unreadable or a day too old,
    full cabinets, cabinets with far fewer ports than customers.
    """
    for postcode, _, _ in TOWNS:
        for number in range(1, CABINETS_PER_TOWN + 1):
            name = f"{postcode}-{number:02d}"
            if happens(name, "cabinet not found", 0.01):
                continue
            ports = str(between(name, "ports", 0, 9 if happens(name, "small", 0.3) else 24))
            fate = draw(name, "ports lost")
            if fate < 0.02:
                ports = "" if fate < 0.01 else "-"
            stale = happens(name, "cabinet stale", 0.015)
            yield name, ports, iso(hours_ago(30 if stale else 2.5))
