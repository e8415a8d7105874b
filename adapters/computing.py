"""A computed source of config.yaml as what is asked about keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from adapters.config.computed import (
    CalendarDocument,
    ComputedDocument,
    ContactWindowDocument,
    week,
)
from adapters.config.load import Project

if TYPE_CHECKING:
    from adapters.sources.computed.calendar import Calendar
    from adapters.sources.computed.contact_window import ContactWindow
    from adapters.sources.computed.phone import Phone


def computed(
    project: Project, settings: ComputedDocument, wanted: Sequence[str]
) -> Phone | Calendar | ContactWindow:
    """What tells the `wanted` facts, by the names its kind gives them."""
    # Each imports what it needs to know of numbers and holidays: half a second together, which
    # projects that use none of it do not wait for.
    cache = project.path(project.config.cache)
    if isinstance(settings, ContactWindowDocument):
        from adapters.sources.computed.contact_window import ContactWindow

        hours, region = week(settings.hours), settings.region
        country, part = settings.country, _part(settings)
        return ContactWindow(hours, country, part, region, wanted, cache)
    if isinstance(settings, CalendarDocument):
        from adapters.sources.computed.calendar import Calendar

        zone = settings.zone or project.config.time_zone
        kinds, language = settings.categories, settings.language
        return Calendar(settings.country, _part(settings), kinds, language, zone, wanted)
    from adapters.sources.computed.phone import Phone

    return Phone(settings.region, wanted, cache)


def _part(settings: CalendarDocument | ContactWindowDocument) -> str | None:
    """The part of the country, which may be written with it: `ES-CT`."""
    part = settings.subdivision
    return None if part is None else part.removeprefix(f"{settings.country}-")
