"""The shape of TM Forum services in config.yaml, and what each kind of them gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adapters.config.parts import Age, Part, Text
from engine.language.vocabulary import FactType

_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(days=1)


def _bounded(value: timedelta) -> timedelta:
    if not _SHORTEST <= value <= _LONGEST:
        raise ValueError("this must be at least 1s and at most a day")
    return value


Patience = Annotated[Age, AfterValidator(_bounded)]


class OAuth2Document(Part):
    """Client credentials, for which an OAuth 2.0 server gives a token."""

    token_url: Text
    """Where tokens are given."""
    client_id: Text
    """The name of the client."""
    client_secret: Text
    """Its secret, from the environment: `${NAME}`."""
    scope: Text | None = None
    """What the token is for, if the server wants to know."""


class AuthDocument(Part):
    """Whom a service is asked as."""

    bearer: Text | None = None
    """A token, from the environment: `${NAME}`."""
    oauth2: OAuth2Document | None = None
    """Client credentials, for which a token is asked, and asked for anew before it ends."""

    @model_validator(mode="after")
    def _one(self) -> AuthDocument:
        if (self.bearer is None) == (self.oauth2 is None):
            raise ValueError("give either a `bearer` token or `oauth2`")
        return self


class ServiceDocument(Part):
    """A service that is asked about each key, and what asking it may cost."""

    url: Text
    """Where the API is, up to its version: `https://host/tmf-api/serviceQualificationManagement/v4`."""
    auth: AuthDocument | None = None
    """Whom it is asked as. Without it, nobody."""
    timeout: Patience = Field(default="10s", validate_default=True)
    """How long one request may take. Without it `10s`."""
    deadline: Patience = Field(default="30m", validate_default=True)
    """How long all of them may take; what has no answer by then is unknown. Without it `30m`."""
    concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    """How many requests are made at a time."""
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    """How often a request is made again that got no answer, or 429, 502, 503 or 504."""
    give_up_after: Annotated[int, Field(ge=1, le=1000)] = 20
    """After so many failed requests on end nothing more is asked."""
    poll_every: Patience = Field(default="2s", validate_default=True)
    """How often a service that answers later is asked whether it has. Without it `2s`."""
    cache_for: Age | None = None
    """How long an answer is used again in later runs. Without it, everything is asked anew."""
    alternatives: bool = True
    """`false`: no alternatives are asked for."""
    instant: bool = True
    """`false`: the service is not asked to answer at once, and may take its time."""


class Tmf645Document(ServiceDocument):
    """TMF645 Service Qualification, version 4."""

    specification: Text | None = None
    """The id of the service specification that is asked about, for keys without one of their own."""
    place_type: Text = "GeographicAddress"
    """What a key `place` is the id of: `GeographicAddress`, `GeographicSite`, `GeographicLocation`."""


class Tmf679Document(ServiceDocument):
    """TMF679 Product Offering Qualification, version 4."""

    place_type: Text = "GeographicAddress"
    """What a key `place` is the id of: `GeographicAddress`, `GeographicSite`, `GeographicLocation`."""


class Tmf687Document(ServiceDocument):
    """TMF687 Stock, version 4: levels, or whether so many can be had."""

    quantity: Annotated[int, Field(ge=1)] | None = None
    """Asks whether so many can be had (`checkProductStock`). Without it, how many there are (`productStock`)."""


def _address(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


class ServiceKeys(Part):
    """The keys of `read` for TM Forum services."""

    tmf645: (
        Annotated[
            Tmf645Document,
            BeforeValidator(_address, json_schema_input_type=Text | Tmf645Document),
        ]
        | None
    ) = None
    """A service of TMF645 Service Qualification, version 4: its address, or its address and more."""
    tmf679: (
        Annotated[
            Tmf679Document,
            BeforeValidator(_address, json_schema_input_type=Text | Tmf679Document),
        ]
        | None
    ) = None
    """A service of TMF679 Product Offering Qualification, version 4, likewise."""
    tmf687: (
        Annotated[
            Tmf687Document,
            BeforeValidator(_address, json_schema_input_type=Text | Tmf687Document),
        ]
        | None
    ) = None
    """A service of TMF687 Stock, version 4, likewise."""

    @property
    def service(self) -> tuple[str, ServiceDocument] | None:
        """The word that stands in `read`, and the settings, if this is a service."""
        given = {name: getattr(self, name) for name in SERVICES}
        return next(((name, found) for name, found in given.items() if found is not None), None)


SERVICES = tuple(ServiceKeys.model_fields)
"""The words that stand in `read`."""
CHARACTERISTIC = "characteristic."
"""What stands before the name of a characteristic that a service gives."""


@dataclass(frozen=True)
class Offered:
    """What a kind of service, called `name` in messages, gives, and the keys it is asked by.

    Of each group of `one_of` a source has exactly one key, of `any_of` at least one. `dates` are
    the columns that can date an answer.
    """

    name: str
    gives: Mapping[str, FactType]
    keys: tuple[str, ...]
    any_of: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    characteristics: bool = False
    dates: tuple[str, ...] = ()


_QUALIFIED: Mapping[str, FactType] = {
    "result": FactType.STRING,
    "reason_codes": FactType.STRINGS,
    "reasons": FactType.STRINGS,
    "alternates": FactType.STRINGS,
    "alternate_available_on": FactType.DATE,
    "expires_at": FactType.TIMESTAMP,
    "qualified_at": FactType.TIMESTAMP,
}
_PRODUCT = ("offering", "specification", "product")


def offered(word: str, settings: ServiceDocument) -> Offered:
    """What the service of that word, so set up, gives and is asked by."""
    if word == "tmf645":
        return Offered(
            "`tmf645`",
            {**_QUALIFIED, "available_on": FactType.DATE},
            keys=("place", "service", "specification"),
            any_of=("place", "service"),
            characteristics=True,
            dates=("qualified_at",),
        )
    if word == "tmf679":
        return Offered(
            "`tmf679`",
            _QUALIFIED,
            keys=("offering", "customer", "place", "channel"),
            any_of=("offering",),
            characteristics=True,
            dates=("qualified_at",),
        )
    checks = isinstance(settings, Tmf687Document) and settings.quantity is not None
    if checks:
        gives = {"result": FactType.STRING, "alternate_available_on": FactType.DATE}
        return Offered(
            "`tmf687` with `quantity`", gives, keys=(*_PRODUCT, "place"), one_of=_PRODUCT
        )
    gives = {
        "available": FactType.INTEGER,
        "status": FactType.STRING,
        "replenishment_on": FactType.DATE,
        "updated_at": FactType.TIMESTAMP,
    }
    return Offered(
        "`tmf687` without `quantity`",
        gives,
        keys=(*_PRODUCT, "place"),
        one_of=_PRODUCT,
        dates=("updated_at",),
    )
