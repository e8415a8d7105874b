"""The rule packs by country on a list: real numbers, calendars and clocks, from list to verdict."""

from __future__ import annotations

import csv
import gzip
import shutil
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.command_line import AS_OF, ROOT, write
from tests.support.engine_view import engine_verdicts
from tests.support.packs import ALL, starter_with

# Each row: name, where the person lives, the number, the moment of the call, and the rules that block.
ROME, MILAN = "Roma", "+390612345678"
MADRID, MOBILE = "Madrid", "+34612345678"
CASES: list[tuple[str, str, str, str, set[str]]] = [
    # Italy: Saturdays and eves of holidays end at 19, and an end is too late.
    ("it monday", ROME, MILAN, "2026-03-02T19:59:59+01:00", set()),
    ("it late", ROME, MILAN, "2026-03-02T20:00:00+01:00", {"contact-policy.it-hours"}),
    ("it saturday", ROME, MILAN, "2026-03-07T18:59:59+01:00", set()),
    ("it saturday late", ROME, MILAN, "2026-03-07T19:00:00+01:00", {"contact-policy.it-hours"}),
    ("it saturday early", ROME, MILAN, "2026-03-07T09:59:59+01:00", {"contact-policy.it-hours"}),
    ("it sunday", ROME, MILAN, "2026-03-08T12:00:00+01:00", {"contact-policy.it-hours"}),
    ("it eve", ROME, MILAN, "2026-06-01T18:59:59+02:00", set()),
    ("it eve late", ROME, MILAN, "2026-06-01T19:00:00+02:00", {"contact-policy.it-hours"}),
    ("it holiday", ROME, MILAN, "2026-06-02T12:00:00+02:00", {"contact-policy.it-hours"}),
    # Spain: a mobile may ring on the Canary Islands, unless the address says where it does.
    ("es early", "Spain", MOBILE, "2026-03-03T09:59:59+01:00", {"contact-policy.es-hours"}),
    ("es", "Spain", MOBILE, "2026-03-03T10:00:00+01:00", set()),
    ("es madrid", MADRID, MOBILE, "2026-03-03T09:00:00+01:00", set()),
    ("es saturday", MADRID, MOBILE, "2026-03-07T12:00:00+01:00", {"contact-policy.es-hours"}),
    # The eleventh of September is a holiday in Catalonia only.
    ("es diada", MADRID, MOBILE, "2026-09-11T12:00:00+02:00", set()),
    ("ct diada", "Girona", MOBILE, "2026-09-11T12:00:00+02:00", {"contact-policy.es-ct-holidays"}),
    # The United Kingdom: nine at weekends, holidays like other days.
    ("uk", "London", "+442079460000", "2026-03-02T08:00:00+00:00", set()),
    ("uk sat", "London", "+442079460000", "2026-03-07T08:59:59Z", {"contact-policy.uk-hours"}),
    # France: an hour for lunch.
    ("fr", "Paris", "+33199000013", "2026-03-03T12:59:59+01:00", set()),
    ("fr lunch", "Paris", "+33199000013", "2026-03-03T13:00:00+01:00", {"contact-policy.fr-hours"}),
    ("fr late lunch", "Paris", "+33199000013", "2026-03-03T13:59:59+01:00", {"contact-policy.fr-hours"}),
    ("fr after", "Paris", "+33199000013", "2026-03-03T14:00:00+01:00", set()),
    ("fr holiday", "Paris", "+33199000013", "2026-07-14T11:00:00+02:00", {"contact-policy.fr-hours"}),
    # Adak is an hour behind the rest of Alaska. The area code says nothing of where somebody lives.
    ("us early", "Adak", "+19072345678", "2026-03-03T08:30:00-09:00", {"contact-policy.us-hours"}),
    ("us", "Adak", "+12122345678", "2026-03-03T09:00:00-09:00", set()),
    ("us late", "Adak", "+19072345678", "2026-03-03T22:00:00-09:00", {"contact-policy.us-hours"}),
    ("us code", "Alaska", "+19072345678", "2026-03-03T12:00:00-09:00", {"data.clock-is-known"}),
    ("fl", "Miami", "+19072345678", "2026-03-03T19:59:59-05:00", set()),
    ("fl late", "Miami", "+19072345678", "2026-03-03T20:00:00-05:00", {"contact-policy.us-fl-hours"}),
    ("fl early", "Miami", "+19072345678", "2026-03-03T07:59:59-05:00",
     {"contact-policy.us-hours", "contact-policy.us-fl-hours"}),
    # Whoever lives in another country than the number is of: where no time zone is on file, nobody
    # knows what time it is there.
    ("es uk number", "Spain", "+447400123456", "2026-03-03T20:30:00Z", {"data.clock-is-known"}),
    ("us it number", "Alaska", "+393331234567", "2026-03-03T09:30:00+01:00", {"data.clock-is-known"}),
    ("fl it number", "Miami", "+393331234567", "2026-03-03T09:30:00-05:00", set()),
    # Germany has no hours of its own.
    ("de it number", "Germany", "+393331234567", "2026-03-08T23:00:00+01:00", set()),
    ("de", "Berlin", "+493012345678", "2026-03-08T23:00:00+01:00", set()),
    # A country without a pack, and one written out.
    ("pt", "Lisboa", "+351211234567", "2026-03-03T11:00:00Z", {"data.country-is-switched-on"}),
    ("italy", "Fiesole", MILAN, "2026-03-02T11:00:00+01:00", {"data.country-is-switched-on"}),
]  # fmt: skip
PLACES = """\
town,country,subdivision,time_zone
Roma,IT,RM,Europe/Rome
Spain,ES,MD,
Madrid,ES,MD,Europe/Madrid
Girona,ES,CT,Europe/Madrid
London,GB,,Europe/London
Paris,FR,,Europe/Paris
Alaska,US,AK,
Adak,US,AK,America/Adak
Miami,US,FL,America/New_York
Berlin,DE,,Europe/Berlin
Germany,DE,,
Lisboa,PT,,Europe/Lisbon
Fiesole,Italia,,Europe/Rome
"""


@pytest.fixture(scope="module")
def reasons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The rules that block, by candidate; nothing for who is allowed."""
    folder = starter_with(tmp_path_factory.mktemp("packs"), ALL, own_rules=False)
    people = [name for name, *_ in CASES] + ["nowhere"]
    samples = folder / "samples"
    samples.mkdir()
    shutil.copy(ROOT / "samples" / "offers.csv", samples)
    write(folder, {"samples/towns.csv": PLACES})
    consent = ["customer_id,status,channels,purposes,granted_on,withdrawn_on,proof,synced_at"]
    consent += [f"{one},given,call,sales,2025-01-10,,form,2026-03-01T06:00:00Z" for one in people]
    packed(samples / "consent.csv.gz", consent)
    packed(samples / "do-not-call.csv.gz", ["phone,listed_on", "+390000000000,2020-01-01"])
    history = "customer_id,contacts_24h,contacts_7d,contacts_30d,last_refusal_at"
    history += ",callback_requested_at,appointment_on,synced_at"
    packed(samples / "contact-history.csv.gz", [history, "x,0,0,0,,,,2026-03-02T06:00:00Z"])
    customers = pq.read_table(ROOT / "samples" / "customers.parquet").slice(0, len(people))
    columns = dict(zip(customers.column_names, customers.columns, strict=True))
    columns |= {"customer_id": pa.array(people), "segment": pa.array(["consumer"] * len(people))}
    columns["status"] = pa.array(["active"] * len(people))
    pq.write_table(pa.table(columns), samples / "customers.parquet")
    header = (ROOT / "samples" / "small-list.csv").read_text("utf-8").splitlines()[0].split(";")
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, header, "", delimiter=";")
        out.writeheader()
        for name, town, phone, moment, _ in [*CASES, ("nowhere", "Atlantis", MILAN, AS_OF, set())]:
            row = {"lead_id": name, "customer_id": name, "offer_code": "FIBRE-1000"}
            out.writerow(row | {"town": town, "phone": phone, "planned_at": moment})
    as_of = datetime.fromisoformat(AS_OF)
    found = engine_verdicts(folder / "config.yaml", folder / "list.csv", as_of)
    return {one["candidate_id"]: {rule for rule, *_ in one["reasons"]} for one in found}


def packed(path: Path, lines: list[str]) -> None:
    path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))


@pytest.mark.parametrize("case", CASES, ids=[name for name, *_ in CASES])
@pytest.mark.slow
def test_a_call_is_held_to_the_rules_of_where_the_person_lives(
    reasons: dict[str, set[str]], case: tuple[str, str, str, str, set[str]]
) -> None:
    name, _, _, _, expected = case
    assert reasons[name] == expected


@pytest.mark.slow
def test_whoever_may_live_anywhere_is_not_called(reasons: dict[str, set[str]]) -> None:
    assert "data.country-is-switched-on" in reasons["nowhere"]
