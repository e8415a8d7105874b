"""TMF687, version 4: how many there are, or whether so many can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from adapters.sources.services.answers import (
    BAD_ANSWER,
    Cell,
    Json,
    Line,
    Problem,
    Told,
    date_cell,
    earliest,
    group,
    groups,
    moment,
    number_cell,
    text,
    timestamp_cell,
    word,
)

_ITEM = "1"
_PAGE = 100
_MOST_STOCKS = 2000
_PARTS = {"offering": "productOffering", "specification": "productSpecification"}
_STATUSES = ("available", "reserved", "unavailable")
"""ProductStockStatusType without `unknown`, the best first."""
_SELLABLE = (None, "inShop")
"""ProductStockUsageType of what can be sold; on its way, damaged or on display is not."""


@dataclass(frozen=True)
class StockLevels:
    """`productStock` of TMF687 v4.0: the levels of a product over all its stocks.

    Asked by one of `offering`, `specification` and `product`, and by `place` where it is given.
    `available` counts what is in stocks with the status `available`; a stock whose status is not
    known makes the whole unknown.
    """

    zone: ZoneInfo

    def question(self, key: Mapping[str, str]) -> Json:
        path = ".".join(["stockedProduct", *_part(key), "id"])
        wanted = {path: _product(key)}
        return {**wanted, "place.id": key["place"]} if "place" in key else wanted

    async def tell(self, line: Line, key: Mapping[str, str]) -> Told:
        stocks = await self._every(line, key)
        if not stocks:
            return Told(known=False)
        levels = [group(s.get("productStockLevel")) for s in stocks]
        if len({text(level.get("units")) for level in levels}) > 1:
            raise Problem(BAD_ANSWER)
        statuses = [
            word(s.get("productStockStatusType"), _STATUSES, "unknown-state") for s in stocks
        ]
        there = Decimal(0)
        for stock, level, status in zip(stocks, levels, statuses, strict=True):
            amount = _amount(level)
            if status == "available" and stock.get("productStockUsageType") in _SELLABLE:
                there += amount
        updated = [moment(s.get("lastUpdate"), self.zone) for s in stocks]
        refilled = earliest(moment(s.get("replenishmentDate"), self.zone) for s in stocks)
        cells: dict[str, Cell] = {
            # Half a unit can't be sold.
            "available": number_cell(there // 1),
            "status": min(statuses, key=_STATUSES.index),
            "replenishment_on": date_cell(refilled, self.zone),
            # The sum is as old as its oldest part.
            "updated_at": None if None in updated else timestamp_cell(earliest(updated)),
        }
        return Told(cells)

    async def _every(self, line: Line, key: Mapping[str, str]) -> list[Json]:
        """All stocks of the product, page by page: a sum of some of them would be wrong."""
        stocks: list[Json] = []
        pages = 0
        while True:
            params = {**self.question(key), "offset": str(len(stocks)), "limit": str(_PAGE)}
            page = await line.page("/productStock", params)
            stocks += page.items
            pages += 1
            more = len(page.items) >= _PAGE if page.total is None else len(stocks) < page.total
            if not more:
                break
            if not page.items or len(stocks) > _MOST_STOCKS:
                raise Problem(BAD_ANSWER)
        ids = [s.get("id") for s in stocks if s.get("id") is not None]
        # A service that does not know the filter, or the offset, answers with other things, or
        # with the same ones again, which without ids can't be told from more of their kind.
        told_apart = len({str(i) for i in ids}) == (len(stocks) if pages > 1 else len(ids))
        if not told_apart or not all(_is_asked(s, key) for s in stocks):
            raise Problem(BAD_ANSWER)
        return stocks


@dataclass(frozen=True)
class StockCheck:
    """`checkProductStock` of TMF687 v4.0: can `quantity` of a product be had?"""

    zone: ZoneInfo
    quantity: int
    alternatives: bool = True
    instant: bool = True

    def question(self, key: Mapping[str, str]) -> Json:
        part = _part(key)
        product: Json = {"id": _product(key)}
        item = {
            "id": _ITEM,
            "requestedQuantity": {"amount": self.quantity},
            # The definition of ProductStock wants a level, which is what is asked for.
            "checkedProductStock": {
                "productStockLevel": {},
                "stockedProduct": {part[0]: product} if part else product,
            },
        }
        question: Json = {
            "instantSyncCheck": self.instant,
            "provideAlternative": self.alternatives,
            "checkProductStockItem": [item],
        }
        return {**question, "place": {"id": key["place"]}} if "place" in key else question

    async def tell(self, line: Line, key: Mapping[str, str]) -> Told:
        task = await line.finished("/checkProductStock", self.question(key))
        items = groups(task.get("checkProductStockItem"))
        if len(items) != 1 or items[0].get("id") != _ITEM:
            raise Problem(BAD_ANSWER)
        item = items[0]
        if item.get("state") == "terminatedWithError":
            raise Problem("terminated-with-error")
        word(item.get("state", "done"), ("done",), "unknown-state")
        stock = group(item.get("checkedProductStock"))
        place = group(task.get("place")).get("id", key.get("place"))
        quantity = group(item.get("requestedQuantity")).get("amount", self.quantity)
        if not _is_asked({"place": {"id": place}, **stock}, key) or quantity != self.quantity:
            raise Problem(BAD_ANSWER)
        result = word(item.get("availabilityResult"), ("available", "notAvailable", "alternate"))
        alternates = groups(item.get("alternate"))
        if result == "notAvailable" and alternates:
            raise Problem(BAD_ANSWER)
        soonest = earliest(
            moment(a.get("alternateAvailabilityDate"), self.zone) for a in alternates
        )
        return Told({"result": result, "alternate_available_on": date_cell(soonest, self.zone)})


def _part(key: Mapping[str, str]) -> list[str]:
    """Where in a product the id stands that was asked for."""
    return [part for name, part in _PARTS.items() if name in key]


def _product(key: Mapping[str, str]) -> str:
    return next(key[name] for name in ("offering", "specification", "product") if name in key)


def _is_asked(stock: Json, key: Mapping[str, str]) -> bool:
    """Whether the stock is of the product, and at the place, that was asked for."""
    product = group(stock.get("stockedProduct"))
    for part in _part(key):
        product = group(product.get(part))
    if text(product.get("id")) != _product(key):
        return False
    return "place" not in key or text(group(stock.get("place")).get("id")) == key["place"]


def _amount(level: Json) -> Decimal:
    amount = level.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, (int, Decimal)):
        raise Problem(BAD_ANSWER)
    found = Decimal(amount)
    if not -(10**12) < found < 10**12:
        raise Problem(BAD_ANSWER)
    return found
