"""What the operator knows of each customer: master data, consent, register, calls, tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import pyarrow as pa
from catalogue import products
from chance import TODAY, between, days_ago, draw, happens, hours_ago, iso, pick
from people import Customer

CUSTOMER_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("status", pa.string()),
        ("segment", pa.string()),
        ("since", pa.date32()),
        ("contract_ends_on", pa.date32()),
        ("pays_eur", pa.float64()),
        ("products", pa.string()),
        ("phone_checked_on", pa.date32()),
        ("number_user_born_on", pa.date32()),
        ("updated_at", pa.timestamp("us", tz="UTC")),
    ]
)
CONSENT_COLUMNS = [
    "customer_id",
    "status",
    "channels",
    "purposes",
    "granted_on",
    "withdrawn_on",
    "proof",
    "synced_at",
]
REGISTER_COLUMNS = ("phone", "listed_on")
HISTORY_COLUMNS = [
    "customer_id",
    "contacts_24h",
    "contacts_7d",
    "contacts_30d",
    "last_refusal_at",
    "callback_requested_at",
    "appointment_on",
    "synced_at",
]
CREATE_TICKETS = (
    "CREATE TABLE open_tickets (customer_id TEXT PRIMARY KEY, open_complaints INTEGER,"
    " bereavement TEXT, last_fault_at TEXT, synced_at TEXT) WITHOUT ROWID"
)
INSERT_TICKETS = "INSERT INTO open_tickets VALUES (?, ?, ?, ?, ?)"

_OLDER_PRODUCTS = ("landline", "adsl", "mobile-classic", "tv-base", "sms-pack")


def segment(customer: Customer) -> str:
    """consumer, gold, youth or business, leaning on the real age and job."""
    if customer.job in ("self-employed", "entrepreneur") and happens(
        customer.number, "business", 0.7
    ):
        return "business"
    if customer.age < 30 and happens(customer.number, "youth", 0.6):
        return "youth"
    return "gold" if happens(customer.number, "gold", 0.09) else "consumer"


def customers(people: Iterable[Customer]) -> Iterator[Sequence[object]]:
    """Rows of customers.parquet. Planted: missing rows, rows not updated for over a week,
    numbers used by minors, contracts that still bind, products already owned.
    """
    catalogue = products()
    for who in people:
        n = who.number
        if happens(n, "no master data", 0.003):
            continue
        owned = [p for p in _OLDER_PRODUCTS if happens(n, f"has {p}", 0.3)]
        if happens(n, "modern product", 0.3):
            owned.append(catalogue[between(n, "which product", 0, len(catalogue) - 1)])
        stale = happens(n, "master data stale", 0.015)
        hours = between(n, "master data age", 170, 700) if stale else between(n, "fresh", 3, 120)
        yield (
            who.id,
            pick(
                n,
                "status",
                (("active", 97.0), ("suspended", 1.3), ("closed", 1.2), ("deceased", 0.5)),
            ),
            segment(who),
            days_ago(between(n, "since", 20, 6_000)),
            None if happens(n, "not bound", 0.45) else days_ago(between(n, "bound", -520, 400)),
            round(9 + 43 * draw(n, "pays"), 1),
            "|".join(owned) or None,
            None if happens(n, "never checked", 0.2) else days_ago(between(n, "checked", 0, 520)),
            _user_born_on(n),
            hours_ago(hours),
        )


def _user_born_on(n: int) -> date | None:
    if not happens(n, "somebody else uses it", 0.06):
        return None
    years = between(n, "user's age", 8, 17) if happens(n, "a minor", 0.12) else 19
    return days_ago(years * 365 + between(n, "user's birthday", 10, 360))


def consents(people: Iterable[Customer]) -> Iterator[Sequence[str]]:
    """Rows of consent.csv.gz. Planted: missing rows, blank status, rows synchronised over a
    month ago or at an unreadable moment, withdrawals older and newer than the consent.
    """
    for who in people:
        n = who.number
        if happens(n, "no consent row", 0.012):
            continue
        status = pick(
            n, "consent", (("given", 84.0), ("withdrawn", 6.0), ("never", 9.5), ("", 0.5))
        )
        granted = days_ago(between(n, "granted", 35, 1_700))
        withdrawn = granted + timedelta(days=between(n, "withdrawn after", 1, 30))
        if status == "given" and not happens(n, "crossed withdrawal", 0.006):
            # Some took their consent back long ago and gave it anew.
            older = happens(n, "came back", 0.03)
            withdrawn_on = str(granted - timedelta(days=90)) if older else ""
        else:
            withdrawn_on = str(withdrawn) if status in ("given", "withdrawn") else ""
        channels = pick(
            n,
            "channels",
            (("call|email|sms", 62.0), ("call|email", 24.0), ("call", 9.0), ("email|sms", 5.0)),
        )
        purposes = pick(
            n, "purposes", (("sales", 91.0), ("sales|any-time", 5.0), ("sales|energy", 4.0))
        )
        proof = pick(n, "proof", (("web form", 61.0), ("shop", 25.0), ("letter", 11.0), ("", 3.0)))
        asked = status in ("given", "withdrawn")
        yield (
            who.id,
            status,
            channels if asked else "",
            purposes if asked else "",
            str(granted) if asked else "",
            withdrawn_on,
            proof if asked else "",
            _synced_at(n),
        )


def _synced_at(n: int) -> str:
    fate = draw(n, "consent synced")
    if fate < 0.0005:
        return "yesterday"
    days = 31 + int(fate * 10_000) % 60 if fate < 0.012 else between(n, "consent day", 0, 20)
    return f"{days_ago(days)}T02:00:00+01:00"


def register(people: Iterable[Customer]) -> Iterator[tuple[str, str]]:
    """Rows of do-not-call.csv.gz: numbers of the list that are on it, some since before the
    customer's consent; a few dates are unreadable.
    """
    for who in people:
        n = who.number
        if not happens(n, "on the register", 0.07):
            continue
        unreadable = happens(n, "register date unreadable", 0.02)
        day = days_ago(between(n, "listed", 8, 2_600))
        yield who.phone, f"{day:%Y}-{day:%m}-??" if unreadable else str(day)


def history(people: Iterable[Customer]) -> Iterator[Sequence[str]]:
    """Rows of contact-history.csv.gz, for those called lately. Planted: rows two days old,
    unreadable counts, requests to be called, appointments of gold customers.
    """
    for who in people:
        n = who.number
        gold = segment(who) == "gold"
        if not happens(n, "called lately", 0.5 if gold else 0.26):
            continue
        week = pick(n, "calls in 7 days", ((0, 74.0), (1, 19.0), (2, 7.0)))
        month = week + pick(
            n, "calls in 30 days", ((0, 38.0), (1, 34.0), (2, 18.0), (3, 7.0), (4, 3.0))
        )
        day = min(week, pick(n, "calls in 24 hours", ((0, 80.0), (1, 20.0))))
        refused = happens(n, "refused", 0.16)
        asked = happens(n, "asked for a call", 0.07)
        meets = gold and happens(n, "appointment", 0.12)
        stale = happens(n, "history stale", 0.03)
        yield (
            who.id,
            str(day),
            "?" if happens(n, "count unreadable", 0.004) else str(week),
            "?" if happens(n, "month unreadable", 0.004) else str(month),
            iso(hours_ago(between(n, "refused at", 30, 4_000))) if refused else "",
            iso(hours_ago(between(n, "asked at", 2, 150))) if asked else "",
            str(TODAY + timedelta(days=between(n, "meets on", 0, 2))) if meets else "",
            iso(hours_ago(48.5 if stale else 4.5)),
        )


def tickets(people: Iterable[Customer]) -> Iterator[Sequence[object]]:
    """Rows of the table open_tickets. Planted: rows synchronised two days ago, deaths reported,
    recent faults.
    """
    for who in people:
        n = who.number
        if not happens(n, "ticket", 0.07):
            continue
        fault = happens(n, "fault", 0.45)
        stale = happens(n, "ticket stale", 0.06)
        yield (
            who.id,
            pick(n, "complaints", ((0, 45.0), (1, 45.0), (2, 10.0))),
            "true" if happens(n, "bereaved", 0.07) else "false",
            iso(hours_ago(between(n, "fault at", 5, 500))) if fault else None,
            iso(hours_ago(50 if stale else 3)),
        )
