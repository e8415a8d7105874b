"""What there is in stock, over all stocks of a product, is a sum that is whole or no sum at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.sources.services.stock import StockCheck, StockLevels
from tests.support.services import ROME, Dating, ask, service
from tests.support.tmf_acts import sent
from tests.support.tmf_server import TmfServer, tmf_server

LEVELS = ["available", "status", "replenishment_on", "updated_at"]


@pytest.fixture
def server() -> Iterator[TmfServer]:
    with tmf_server() as running:
        yield running
        assert running.wrong == []


def stock(identity: str, amount: float, status: str | None = "available", **more: Any) -> Any:
    found = {"id": identity, "productStockLevel": {"amount": amount}, **more}
    return found if status is None else {**found, "productStockStatusType": status}


def levels(server: TmfServer, stocks: list[Any], **keys: list[str]) -> Any:
    server.stocks["X1"] = stocks
    asked = service(server.url, kind=StockLevels(ROME), wanted=LEVELS)
    heard = ask(asked, ["X1"], name="offering", **keys)
    return heard.problems["X1"] or (heard.cells["X1"] if heard.known["X1"] else "nothing")


def test_what_can_be_sold_is_summed_over_all_pages(server: TmfServer) -> None:
    server.page = 2
    found = levels(
        server,
        [
            stock("1", 3, lastUpdate="2026-03-02T08:00:00Z"),
            stock("2", 2.5, lastUpdate="2026-03-01T08:00:00Z", productStockUsageType="inShop"),
            stock("3", 100, "reserved", lastUpdate="2026-03-02T08:00:00Z"),
            stock("4", 100, lastUpdate="2026-03-02T08:00:00Z", productStockUsageType="inTransit"),
            stock(
                "5",
                0,
                "unavailable",
                lastUpdate="2026-03-02T08:00:00Z",
                replenishmentDate="2026-03-10T08:00:00Z",
            ),
        ],
    )
    assert found == {
        "available": "5",
        "status": "available",
        "replenishment_on": "2026-03-10",
        "updated_at": "2026-03-01T08:00:00+00:00",
    }
    assert server.asked() == {"X1": 3}


def test_no_stock_at_all_is_proven_absence(server: TmfServer) -> None:
    assert levels(server, []) == "nothing"


@pytest.mark.parametrize(
    ("stocks", "problem"),
    [
        ([stock("1", 3, None)], "unknown-state"),
        ([stock("1", 3), stock("2", 3, "unknown")], "unknown-state"),
        ([stock("1", 3), stock("1", 3)], "bad-answer"),
        ([stock("1", 3, productStockLevel={"amount": "3"})], "bad-answer"),
        (
            [stock("1", 3, productStockLevel={"amount": 3, "units": "box"}), stock("2", 1)],
            "bad-answer",
        ),
        ([stock("1", 3, stockedProduct={"productOffering": {"id": "X2"}})], "bad-answer"),
        ([stock("1", 3, stockedProduct={"id": "X1"})], "bad-answer"),
    ],
)
def test_stocks_that_cannot_be_summed_are_not(
    server: TmfServer, stocks: list[Any], problem: str
) -> None:
    assert levels(server, stocks) == problem
    server.wrong.clear()


def test_a_service_that_ignores_the_place_or_the_page_is_not_believed(server: TmfServer) -> None:
    assert levels(server, [stock("1", 3)], place=["SHOP 1"]) == "bad-answer"
    here = stock("1", 3, place={"id": "SHOP 1", "role": "shop"})
    assert levels(server, [here], place=["SHOP 1"])["available"] == "3"
    page = [stock("1", 3, stockedProduct={"productOffering": {"id": "X1"}})]
    server.acts["X1"] = [sent(json.dumps(page).encode(), X_Total_Count="2")]
    assert levels(server, []) == "bad-answer"


def test_stocks_without_ids_are_not_summed_over_pages_that_may_be_one_and_the_same(
    server: TmfServer,
) -> None:
    nameless = {**stock("1", 3), "id": None, "stockedProduct": {"productOffering": {"id": "X1"}}}
    server.acts["X1"] = [sent([nameless])]
    assert levels(server, [])["available"] == "3"
    server.acts["X1"] = [sent([nameless], X_Total_Count="2")]
    assert levels(server, []) == "bad-answer"


@pytest.mark.parametrize("name", ["offering", "specification", "product"])
def test_whether_so_many_can_be_had_is_asked_by_any_id(server: TmfServer, name: str) -> None:
    wanted = ["result", "alternate_available_on"]
    asked = service(server.url, kind=StockCheck(ROME, quantity=2), wanted=wanted)
    heard = ask(asked, ["X1"], name=name)
    assert heard.cells["X1"]["result"] == "available"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"availabilityResult": "perhaps"}, "bad-answer"),
        ({"state": "inProgress"}, "unknown-state"),
        ({"state": "terminatedWithError"}, "terminated-with-error"),
        ({"requestedQuantity": {"amount": 1}}, "bad-answer"),
        (
            {"checkedProductStock": {"stockedProduct": {"productOffering": {"id": "X2"}}}},
            "bad-answer",
        ),
        ({"availabilityResult": "notAvailable", "alternate": [{"id": "A"}]}, "bad-answer"),
        ({"availabilityResult": "notAvailable"}, None),
    ],
)
def test_a_check_of_stock_is_read_strictly(
    server: TmfServer, answer: Any, problem: str | None
) -> None:
    server.answers["X1"] = answer
    asked = service(server.url, kind=StockCheck(ROME, quantity=2), wanted=["result"])
    assert ask(asked, ["X1"], name="offering").problems == {"X1": problem}


def test_an_answer_may_be_dated_by_what_it_says(server: TmfServer) -> None:
    server.stocks["X1"] = [stock("1", 3, lastUpdate="2026-03-02T08:00:00Z")]
    server.stocks["X2"] = [stock("2", 3)]
    dating = Dating(datetime.now(UTC), column="updated_at")
    asked = service(server.url, kind=StockLevels(ROME), wanted=["available"], dating=dating)
    heard = ask(asked, ["X1", "X2"], name="offering")
    assert heard.dates == {"X1": datetime(2026, 3, 2, 8, tzinfo=UTC), "X2": None}
    assert heard.cells["X2"] == {"available": "3"}
