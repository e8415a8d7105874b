"""A service of config.yaml, ready to be asked: addresses and secrets put in, ages and columns told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.config.load import Project, expand
from adapters.config.services import (
    AuthDocument,
    ServiceDocument,
    Tmf645Document,
    Tmf679Document,
    Tmf687Document,
)
from adapters.sources.services.answers import Kind
from adapters.sources.services.lookup import Dating, Keeping, Service, Wanted
from adapters.sources.services.qualification import OfferingQualification, ServiceQualification
from adapters.sources.services.settings import Bearer, Client, Reach, checked_secret, checked_url
from adapters.sources.services.stock import StockCheck, StockLevels
from engine.screening.inputs import Field


def reach_service(
    project: Project,
    name: str,
    fields: Iterable[Field],
    as_of: datetime,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Service | None:
    """The service that the source of that name is, asked for these fields; None if it is none.

    `tell` is called with how many keys were answered, of how many, while it is asked.

    Raises SourceFailure for an address or a secret that can't be used, NotReadable for an
    environment variable that is not set.
    """
    document = project.config.sources[name]
    _, settings = document.read.service or ("", None)
    if settings is None:
        return None
    reach = Reach(
        url=checked_url(expand(settings.url), "`url`").rstrip("/"),
        timeout=settings.timeout.total_seconds(),
        deadline=settings.deadline.total_seconds(),
        concurrency=settings.concurrency,
        retries=settings.retries,
        give_up_after=settings.give_up_after,
        poll_every=settings.poll_every.total_seconds(),
    )
    dated = document.as_of.column if document.as_of else None
    keeping = None
    if settings.cache_for is not None:
        keeping = Keeping(project.path(project.config.cache), name, settings.cache_for)
    return Service(
        _kind(settings, ZoneInfo(project.config.time_zone)),
        reach,
        _as_whom(settings.auth),
        [Wanted(field.column, field.separator) for field in fields],
        Dating(as_of, document.max_age, document.tolerance, dated),
        keeping,
        tell,
    )


def _kind(settings: ServiceDocument, zone: ZoneInfo) -> Kind:
    wishes = {"alternatives": settings.alternatives, "instant": settings.instant}
    match settings:
        case Tmf645Document():
            return ServiceQualification(zone, settings.specification, settings.place_type, **wishes)
        case Tmf679Document():
            return OfferingQualification(zone, settings.place_type, **wishes)
        case Tmf687Document(quantity=int() as quantity):
            return StockCheck(zone, quantity, **wishes)
    return StockLevels(zone)


def _as_whom(auth: AuthDocument | None) -> Bearer | Client | None:
    if auth is None:
        return None
    if auth.bearer is not None:
        return Bearer(checked_secret(expand(auth.bearer), "the token of `bearer`"))
    oauth2 = auth.oauth2
    if oauth2 is None:
        return None
    return Client(
        checked_url(expand(oauth2.token_url), "`token_url`"),
        expand(oauth2.client_id),
        # A file that a secret comes from ends with a line break.
        expand(oauth2.client_secret).rstrip("\r\n"),
        oauth2.scope,
    )
