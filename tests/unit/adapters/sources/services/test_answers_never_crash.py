"""Whatever stands in an answer, it is read as it was meant, or a problem; nothing is made of noise."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.services.answers import (
    Json,
    Kind,
    Page,
    Problem,
    Told,
    groups,
    parsed,
    task_of,
)
from adapters.sources.services.qualification import OfferingQualification, ServiceQualification
from adapters.sources.services.stock import StockCheck, StockLevels
from tests.support.services import ROME

SERVICE = {
    "id": "Q1",
    "state": "done",
    "qualificationResult": "alternate",
    "effectiveQualificationDate": "2026-03-01T12:00:00Z",
    "expirationDate": "2026-07-01T00:00:00Z",
    "serviceQualificationItem": [
        {
            "id": "1",
            "state": "done",
            "qualificationResult": "alternate",
            "expectedServiceAvailabilityDate": "2026-04-30T23:30:00Z",
            "eligibilityUnavailabilityReason": [{"code": "NO-PORT", "label": "full"}],
            "service": {
                "id": "S1",
                "place": [{"id": "P1", "role": "x"}],
                "serviceSpecification": {"id": "FTTH"},
                "serviceCharacteristic": [{"name": "down", "value": 100}],
            },
            "alternateServiceProposal": [
                {
                    "alternateServiceAvailabilityDate": "2026-05-02T10:00:00Z",
                    "alternateService": {"serviceSpecification": {"id": "FTTC"}},
                }
            ],
        }
    ],
}
OFFERING = {
    "id": "Q1",
    "state": "done",
    "relatedParty": [{"id": "C1"}],
    "place": [{"id": "P1", "role": "x"}],
    "productOfferingQualificationItem": [
        {
            "id": "1",
            "state": "done",
            "qualificationItemResult": "qualified",
            "productOffering": {"id": "FIBRE"},
            "product": {"productCharacteristic": [{"name": "down", "value": "100"}]},
        }
    ],
}
LEVELS = [
    {
        "id": "1",
        "productStockLevel": {"amount": 3, "units": "piece"},
        "productStockStatusType": "available",
        "productStockUsageType": "inShop",
        "lastUpdate": "2026-03-02T08:00:00Z",
        "replenishmentDate": "2026-03-10T08:00:00Z",
        "place": {"id": "P1"},
        "stockedProduct": {"productOffering": {"id": "FIBRE"}},
    }
]
CHECK = {
    "id": "Q1",
    "state": "done",
    "checkProductStockItem": [
        {
            "id": "1",
            "state": "done",
            "availabilityResult": "alternate",
            "requestedQuantity": {"amount": 2},
            "checkedProductStock": {"stockedProduct": {"productOffering": {"id": "FIBRE"}}},
            "alternate": [{"alternateAvailabilityDate": "2026-05-02T10:00:00Z"}],
        }
    ],
}
KEY = {
    "place": "P1",
    "service": "S1",
    "specification": "FTTH",
    "offering": "FIBRE",
    "customer": "C1",
}
KINDS: dict[str, tuple[Kind, Any, Mapping[str, str], str]] = {
    "tmf645": (ServiceQualification(ROME), SERVICE, KEY, "result"),
    "tmf679": (OfferingQualification(ROME), OFFERING, KEY, "result"),
    "tmf687": (StockLevels(ROME), LEVELS, {"offering": "FIBRE", "place": "P1"}, "available"),
    "tmf687 check": (StockCheck(ROME, 2), CHECK, {"offering": "FIBRE"}, "result"),
}


class Answering:
    """A line at whose end one answer waits."""

    def __init__(self, answer: Any) -> None:
        # As it comes over a line, where what JSON can't say is no answer.
        self._answer = parsed(json.dumps(answer).encode())

    async def page(self, path: str, params: Mapping[str, str]) -> Page:
        return Page(groups(self._answer), None)

    async def finished(self, path: str, body: Json) -> Json:
        return task_of(self._answer)


def told(kind: Kind, answer: Any, key: Mapping[str, str]) -> Told:
    return asyncio.run(kind.tell(Answering(answer), key))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a value, the whole first."""
    yield path
    inner = value.items() if isinstance(value, dict) else ()
    for name, one in enumerate(value) if isinstance(value, list) else inner:
        yield from places(one, (*path, name))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    found = copy.deepcopy(value)
    inner = found
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = new
    return found


NOISE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]), max_size=5)
    | st.sampled_from(
        ["qualified", "done", "available", "P1", "9999-12-31T23:59:59-14:00", "0001-01-01"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "value", "x"]), inner)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("name", KINDS)
def test_the_honest_answers_are_read(name: str) -> None:
    kind, answer, key, fact = KINDS[name]
    assert told(kind, answer, key).cells[fact] in ("alternate", "qualified", "3")


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_noise_is_a_problem_or_leaves_plain_cells(name: str, data: st.DataObject) -> None:
    kind, answer, key, _ = KINDS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(answer))))
        answer = replaced(answer, path, data.draw(NOISE))
    try:
        found = told(kind, answer, key)
    except Problem:
        return
    for cell in found.cells.values():
        for text in cell if isinstance(cell, list) else [cell]:
            assert text is None or text.encode()
    assert found.expires is None or found.expires.utcoffset() is not None


DECISIVE = {
    "tmf645": [
        ("serviceQualificationItem", 0, "id"),
        ("serviceQualificationItem", 0, "state"),
        ("serviceQualificationItem", 0, "qualificationResult"),
        ("serviceQualificationItem", 0, "service", "place", 0, "id"),
        ("serviceQualificationItem", 0, "service", "serviceSpecification", "id"),
        ("serviceQualificationItem", 0, "service", "id"),
    ],
    "tmf679": [
        ("productOfferingQualificationItem", 0, "id"),
        ("productOfferingQualificationItem", 0, "state"),
        ("productOfferingQualificationItem", 0, "qualificationItemResult"),
        ("productOfferingQualificationItem", 0, "productOffering", "id"),
        ("relatedParty", 0, "id"),
        ("place", 0, "id"),
    ],
    "tmf687": [
        (0, "productStockStatusType"),
        (0, "productStockLevel", "amount"),
        (0, "place", "id"),
        (0, "stockedProduct", "productOffering", "id"),
    ],
    "tmf687 check": [
        ("checkProductStockItem", 0, "id"),
        ("checkProductStockItem", 0, "availabilityResult"),
        ("checkProductStockItem", 0, "requestedQuantity", "amount"),
        (
            "checkProductStockItem",
            0,
            "checkedProductStock",
            "stockedProduct",
            "productOffering",
            "id",
        ),
    ],
}


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, paths in DECISIVE.items() for path in paths]
)
@pytest.mark.parametrize("noise", ["another", True, 7.5e99, [], {}, "\ufffe"])
def test_what_decides_is_never_taken_from_noise(
    name: str, path: tuple[Any, ...], noise: Any
) -> None:
    kind, answer, key, _ = KINDS[name]
    with pytest.raises(Problem):
        told(kind, replaced(answer, path, noise), key)
