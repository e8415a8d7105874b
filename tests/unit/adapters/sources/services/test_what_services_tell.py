"""The facts of an answer are those that the specification means, in the words config.yaml reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from adapters.sources.services.lookup import Wanted
from adapters.sources.services.qualification import OfferingQualification, ServiceQualification
from engine.screening.inputs import UNREADABLE
from tests.support.services import ROME, Dating, ask, service
from tests.support.tmf_acts import altered
from tests.support.tmf_server import PUBLISHED, TmfServer, broken, tmf_server

QUALIFIED = [
    "result",
    Wanted("reason_codes", "|"),
    Wanted("reasons", "|"),
    Wanted("alternates", "|"),
    "alternate_available_on",
    "expires_at",
    "qualified_at",
]


@pytest.fixture
def server() -> Iterator[TmfServer]:
    with tmf_server() as running:
        yield running
        assert running.wrong == []


def characteristics(**values: Any) -> dict[str, Any]:
    return {"serviceCharacteristic": [{"name": n, "value": v} for n, v in values.items()]}


def test_an_alternative_is_told_with_reasons_dates_and_names(server: TmfServer) -> None:
    server.answers["P1"] = {
        "qualificationResult": "alternate",
        "expirationDate": "2026-06-01T00:00:00+02:00",
        "expectedServiceAvailabilityDate": "2026-04-30T23:30:00Z",
        "eligibilityUnavailabilityReason": [
            {"code": "NO-PORT", "label": "The cabinet is full"},
            {"code": "FAR", "label": "Too far"},
        ],
        "alternateServiceProposal": [
            {
                "id": "A1",
                "alternateServiceAvailabilityDate": "2026-05-02T10:00:00Z",
                "alternateService": {"serviceSpecification": {"id": "FTTC-100"}, "name": "x"},
            },
            {
                "id": "A2",
                "alternateServiceAvailabilityDate": "2026-05-01T10:00:00Z",
                "alternateService": {"name": "Radio"},
            },
        ],
    }
    server.headers["P1"] = {
        "expirationDate": "2026-07-01T00:00:00Z",
        "effectiveQualificationDate": "2026-03-01T12:00:00",
    }
    dating = Dating(datetime(2026, 3, 1, tzinfo=UTC))
    asked = service(server.url, wanted=[*QUALIFIED, "available_on"], dating=dating)
    assert ask(asked, ["P1"]).cells["P1"] == {
        "result": "alternate",
        "reason_codes": "NO-PORT|FAR",
        "reasons": "The cabinet is full|Too far",
        "alternates": "FTTC-100|Radio",
        "alternate_available_on": "2026-05-01",
        # Days are those of the configured zone, where it was the first of May already.
        "available_on": "2026-05-01",
        # The earlier of the two, and in UTC; what has no offset stands in the configured zone.
        "expires_at": "2026-05-31T22:00:00+00:00",
        "qualified_at": "2026-03-01T11:00:00+00:00",
    }


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else "a"


def test_characteristics_are_plain_texts_or_unreadable(server: TmfServer) -> None:
    values = {
        "technology": "FTTH",
        "down": 1000,
        "up": 99.5,
        "huge": 1e300,
        "saturated": False,
        "list": ["a", "b"],
        "group": {"a": 1},
        "parted": ["a|b"],
        "nested": nested(600),
        "nothing": None,
        "blank": " ",
    }
    server.answers["P1"] = {"service": characteristics(**values)}
    twice = (
        characteristics(technology="FTTH")["serviceCharacteristic"]
        + (characteristics(technology="FTTC")["serviceCharacteristic"])
    )
    server.answers["P2"] = {"service": {"serviceCharacteristic": twice}}
    wanted = [
        Wanted(f"characteristic.{n}", "|" if n in ("list", "parted") else None) for n in values
    ]
    cells = ask(service(server.url, wanted=wanted), ["P1", "P2"]).cells
    assert list(cells["P1"].values()) == [
        "FTTH",
        "1000",
        "99.5",
        UNREADABLE,
        "false",
        "a|b",
        UNREADABLE,
        UNREADABLE,
        UNREADABLE,
        None,
        None,
    ]
    assert cells["P2"]["characteristic.technology"] == UNREADABLE
    as_text = ask(service(server.url, wanted=["characteristic.list"]), ["P1"])
    assert as_text.cells["P1"] == {"characteristic.list": UNREADABLE}


def test_a_place_is_asked_about_once_however_many_keys_have_it(server: TmfServer) -> None:
    kind = ServiceQualification(ROME, specification="FTTH-1000")
    asked = service(server.url, kind=kind)
    keys = ask(asked, ["P1", "P2"])
    assert set(keys.problems.values()) == {None}
    # Keys that differ in nothing that is asked.
    same = pa.table({"place": ["P1", "P1", "P2"], "unused": ["1", "2", "3"]})
    found = service(server.url, kind=kind)(same)
    assert found.table.column("result").to_pylist() == ["qualified"] * 3
    assert server.asked() == {"P1": 2, "P2": 2}


def test_an_answer_about_another_specification_is_none(server: TmfServer) -> None:
    server.answers["P1"] = {"service": {"serviceSpecification": {"id": "ADSL"}}}
    kind = ServiceQualification(ROME, specification="FTTH-1000")
    assert ask(service(server.url, kind=kind), ["P1"]).problems == {"P1": "bad-answer"}
    alone = ask(service(server.url), ["P1"], specification=["FTTH-1000"])
    assert alone.problems == {"P1": "bad-answer"}


def test_an_existing_service_is_asked_about_by_its_id(server: TmfServer) -> None:
    heard = ask(service(server.url), ["S1"], name="service")
    assert heard.cells["S1"]["result"] == "qualified"
    server.answers["S1"] = {"service": {"id": "S2"}}
    assert ask(service(server.url), ["S1"], name="service").problems == {"S1": "bad-answer"}


def test_an_offering_is_asked_about_for_a_customer_at_a_place(server: TmfServer) -> None:
    server.answers["FIBRE"] = {
        "qualificationItemResult": "alternate",
        "alternateProductOfferingProposal": [
            {"alternateProductOffering": {"id": "BASIC"}, "alternateActivationDate": "2026-05-01"}
        ],
    }
    # TMF679 leaves the words of the whole open.
    server.headers["FIBRE"] = {"qualificationResult": "yellow"}
    asked = service(server.url, kind=OfferingQualification(ROME), wanted=QUALIFIED)
    heard = ask(asked, ["FIBRE"], name="offering", customer=["C1"], place=["P1"], channel=["call"])
    assert heard.cells["FIBRE"]["result"] == "alternate"
    assert heard.cells["FIBRE"]["alternates"] == "BASIC"
    assert heard.cells["FIBRE"]["alternate_available_on"] == "2026-05-01"


@pytest.mark.parametrize(
    "over",
    [
        {"relatedParty": [{"id": "C2", "@referredType": "Customer"}]},
        {"place": [{"id": "P2", "role": "x"}]},
        {"qualificationResult": "unqualified"},
    ],
)
def test_an_offering_for_somebody_else_is_no_answer(server: TmfServer, over: Any) -> None:
    server.acts["FIBRE"] = [altered(over)]
    asked = service(server.url, kind=OfferingQualification(ROME))
    heard = ask(asked, ["FIBRE"], name="offering", customer=["C1"], place=["P1"])
    assert heard.problems == {"FIBRE": "bad-answer"}


def test_an_alternative_without_a_name_makes_the_list_unreadable(server: TmfServer) -> None:
    server.answers["FIBRE"] = {
        "qualificationItemResult": "alternate",
        "alternateProductOfferingProposal": [{"id": "A1"}],
    }
    asked = service(server.url, kind=OfferingQualification(ROME), wanted=QUALIFIED)
    assert ask(asked, ["FIBRE"], name="offering").cells["FIBRE"]["alternates"] == UNREADABLE


# ── dates and digests ────────────────────────────────────────────────────────────────────────────


def test_a_run_that_lasts_does_not_call_its_own_answers_a_thing_of_the_future(
    server: TmfServer,
) -> None:
    now = datetime.now(UTC)
    skew = timedelta(minutes=5)
    begun = service(server.url, dating=Dating(now, clock_skew=skew))
    assert ask(begun, ["P1"]).dates == {"P1": now}
    for away in (timedelta(days=-30), timedelta(days=30)):
        other = service(server.url, dating=Dating(now + away, clock_skew=skew))
        dated = ask(other, ["P1"]).dates["P1"]
        assert dated is not None
        assert now <= dated <= datetime.now(UTC)


def test_the_digest_is_of_keys_and_answers(server: TmfServer) -> None:
    def digest(*keys: str) -> str:
        asked = service(server.url)
        assert asked.digest == ""
        ask(asked, keys)
        return asked.digest

    first = digest("P1", "P2")
    assert digest("P1", "P2") == first
    assert digest("P1", "P3") != first
    server.answers["P2"] = {"service": characteristics(technology="FTTC")}
    assert digest("P1", "P2") not in ("", first)


def test_a_source_without_keys_is_asked_nothing(server: TmfServer) -> None:
    asked = service(server.url)
    assert ask(asked, []).problems == {}
    assert (asked.rows, asked.failure, len(asked.digest)) == (0, "", 64)
    assert server.seen == []


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published definitions are not here")
def test_a_request_that_is_not_as_published_would_be_noticed() -> None:
    good = ServiceQualification(ROME).question({"place": "P1"})
    assert broken("TMF645-v4.0.1", "CheckServiceQualification_Create", good) == []
    del good["serviceQualificationItem"][0]["service"]["place"][0]["role"]
    assert broken("TMF645-v4.0.1", "CheckServiceQualification_Create", good) != []
