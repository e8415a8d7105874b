"""What the options of commands take."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest

from adapters.cli.options import moment

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-03-02T09:30:00+01:00", "2026-03-02T09:30", "20260302T0930"])
def test_a_clock_without_an_offset_stands_in_the_configured_zone(text: str) -> None:
    assert moment(text, "Europe/Rome", NOW.replace(year=2000)) == NOW


def test_without_a_clock_it_is_now() -> None:
    assert moment(None, "Europe/Rome", NOW) == NOW


@pytest.mark.parametrize(
    "text", ["", "now", "2026-02-30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_what_is_no_clock_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no moment; write it like"):
        moment(text, "Europe/Rome", NOW)
