"""TMF645 and TMF679, version 4: can this service, or this offering, be had?

Each key is asked about in a request of its own with one item, so that no answer can be taken for
that of another key. The item's own result counts; whatever contradicts it makes it unusable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from adapters.sources.services.answers import (
    BAD_ANSWER,
    Cell,
    Json,
    Line,
    Problem,
    Told,
    characteristics,
    date_cell,
    earliest,
    group,
    groups,
    moment,
    same,
    text,
    texts,
    timestamp_cell,
    word,
)
from engine.screening.inputs import UNREADABLE

_ITEM = "1"
_RESULTS = ("qualified", "alternate", "unqualified")
_INSTALLED_AT = "installationAddress"


@dataclass(frozen=True)
class ServiceQualification:
    """TMF645 v4.0: `checkServiceQualification`, asked by `place`, `service`, `specification`.

    `specification` is the id to ask about where the key has none. `zone` is where days begin, and
    where moments without an offset stand.
    """

    zone: ZoneInfo
    specification: str | None = None
    place_type: str = "GeographicAddress"
    alternatives: bool = True
    instant: bool = True

    def question(self, key: Mapping[str, str]) -> Json:
        service: Json = {}
        specification = key.get("specification", self.specification)
        if "service" in key:
            service["id"] = key["service"]
        if "place" in key:
            service["place"] = [_place(key["place"], self.place_type)]
        if specification is not None:
            service["serviceSpecification"] = {"id": specification}
        return {
            **_wishes(alternatives=self.alternatives, instant=self.instant),
            "serviceQualificationItem": [{"id": _ITEM, "service": service}],
        }

    async def tell(self, line: Line, key: Mapping[str, str]) -> Told:
        task = await line.finished("/checkServiceQualification", self.question(key))
        item = _item(task.get("serviceQualificationItem"))
        service = group(item.get("service"))
        specification = key.get("specification", self.specification)
        if "service" in key:
            same(key["service"], [service.get("id")])
        if "place" in key:
            same(key["place"], _ids(service.get("place")))
        if specification is not None:
            same(specification, [group(service.get("serviceSpecification")).get("id")])
        alternates = groups(item.get("alternateServiceProposal"))
        result = _result(item, "qualificationResult", task, alternates)
        available = moment(item.get("expectedServiceAvailabilityDate"), self.zone)
        cells: dict[str, Cell] = {
            **characteristics(service.get("serviceCharacteristic")),
            **_reasons(item),
            "result": result,
            "alternates": _named(_service_name(a) for a in alternates),
            "alternate_available_on": date_cell(
                earliest(
                    moment(a.get("alternateServiceAvailabilityDate"), self.zone) for a in alternates
                ),
                self.zone,
            ),
            "available_on": date_cell(available, self.zone),
        }
        return _told(cells, item, task, self.zone)


@dataclass(frozen=True)
class OfferingQualification:
    """TMF679 v4.0: asked by `offering`, and by `customer`, `place`, `channel` where they are given."""

    zone: ZoneInfo
    place_type: str = "GeographicAddress"
    alternatives: bool = True
    instant: bool = True

    def question(self, key: Mapping[str, str]) -> Json:
        item = {"id": _ITEM, "action": "add", "productOffering": {"id": key["offering"]}}
        question: Json = {
            **_wishes(alternatives=self.alternatives, instant=self.instant),
            "productOfferingQualificationItem": [item],
        }
        if "customer" in key:
            customer = {"id": key["customer"], "role": "customer", "@referredType": "Customer"}
            question["relatedParty"] = [customer]
        if "place" in key:
            question["place"] = [_place(key["place"], self.place_type)]
        if "channel" in key:
            question["channel"] = {"id": key["channel"]}
        return question

    async def tell(self, line: Line, key: Mapping[str, str]) -> Told:
        task = await line.finished("/productOfferingQualification", self.question(key))
        item = _item(task.get("productOfferingQualificationItem"))
        same(key["offering"], [group(item.get("productOffering")).get("id")])
        if "customer" in key:
            same(key["customer"], _ids(task.get("relatedParty")))
        if "place" in key:
            same(key["place"], _ids(task.get("place")))
        alternates = groups(item.get("alternateProductOfferingProposal"))
        result = _result(item, "qualificationItemResult", task, alternates)
        product = group(item.get("product"))
        cells: dict[str, Cell] = {
            **characteristics(product.get("productCharacteristic")),
            **_reasons(item),
            "result": result,
            "alternates": _named(
                text(group(a.get("alternateProductOffering")).get("id")) for a in alternates
            ),
            "alternate_available_on": date_cell(
                earliest(moment(a.get("alternateActivationDate"), self.zone) for a in alternates),
                self.zone,
            ),
        }
        return _told(cells, item, task, self.zone)


def _wishes(*, alternatives: bool, instant: bool) -> Json:
    return {
        "instantSyncQualification": instant,
        "provideAlternative": alternatives,
        "provideUnavailabilityReason": True,
    }


def _place(identity: str, kind: str) -> Json:
    return {"id": identity, "role": _INSTALLED_AT, "@referredType": kind}


def _ids(values: Any) -> list[Any]:
    return [v.get("id") for v in groups(values)]


def _item(values: Any) -> Json:
    """The one item that was asked for, done."""
    items = groups(values)
    if len(items) != 1 or items[0].get("id") != _ITEM:
        raise Problem(BAD_ANSWER)
    item = items[0]
    if item.get("state") == "terminatedWithError" or groups(item.get("terminationError")):
        raise Problem("terminated-with-error")
    # The state of the whole speaks for an item that has none of its own.
    word(item.get("state", "done"), ("done",), "unknown-state")
    return item


def _result(item: Json, name: str, task: Json, alternates: list[Json]) -> str:
    """The result of the item, if nothing else in the answer contradicts it."""
    result = word(item.get(name), _RESULTS)
    # Of TMF679 the specification says no more than that it may be a colour.
    whole = task.get("qualificationResult")
    reasons = groups(item.get("eligibilityUnavailabilityReason"))
    if (
        (whole in _RESULTS and whole != result)
        or (result == "qualified" and reasons)
        or (result == "unqualified" and alternates)
    ):
        raise Problem(BAD_ANSWER)
    return result


def _reasons(item: Json) -> dict[str, Cell]:
    reasons = groups(item.get("eligibilityUnavailabilityReason"))
    return {
        "reason_codes": texts(r.get("code") for r in reasons),
        "reasons": texts(r.get("label") for r in reasons),
    }


def _service_name(proposal: Json) -> str | None:
    """What an alternative service is known by: its specification, or else its name or id."""
    service = group(proposal.get("alternateService"))
    specification = group(service.get("serviceSpecification"))
    named = (specification.get("id"), service.get("name"), service.get("id"))
    return next(iter(texts(named)), None)


def _named(names: Iterable[str | None]) -> Cell:
    """The names; a list that lacks one would be taken for the whole."""
    found = list(names)
    return UNREADABLE if None in found else texts(found)


def _told(cells: dict[str, Cell], item: Json, task: Json, zone: ZoneInfo) -> Told:
    expires = earliest(moment(part.get("expirationDate"), zone) for part in (item, task))
    done = moment(task.get("effectiveQualificationDate"), zone)
    cells |= {"expires_at": timestamp_cell(expires), "qualified_at": timestamp_cell(done)}
    return Told(cells, expires=expires)
