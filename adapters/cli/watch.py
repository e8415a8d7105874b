"""Running something again whenever a file of the project changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from stat import S_ISDIR

import click

from adapters.cli.main import message_of
from adapters.config.load import load_settings
from engine.diagnostics import UpfrontError

_EVERY = 0.4
Stamps = dict[Path, tuple[int, int]]


def watch(config: Path, paths: Sequence[Path], action: Callable[[], object]) -> None:
    """Call `action` now and after every change, until Ctrl-C.

    Looks at config.yaml, at the YAML files of its rules and at `paths`. An error that people can
    mend is shown, and mending it is the next change.
    """
    try:
        while True:
            places = [config, *_rules(config), *paths]
            before = _stamps(places)
            click.clear()
            try:
                action()
            except UpfrontError as error:
                click.echo(message_of(error), err=True)
            click.echo("\nwatching for changes; Ctrl-C ends")
            _wait_for_change(before, places)
    except KeyboardInterrupt:
        click.echo()


def _wait_for_change(before: Stamps, places: Sequence[Path]) -> None:
    """Return when the files are others than before, and have come to rest."""
    while (now := _stamps(places)) == before:
        time.sleep(_EVERY)
    while True:
        # Editors write a file in several steps.
        time.sleep(_EVERY / 4)
        if (later := _stamps(places)) == now:
            return
        now = later


def _stamps(places: Sequence[Path]) -> Stamps:
    """When each file was changed last, and its size; files that are gone are left out."""
    found: Stamps = {}
    for place in places:
        inside = [p for p in place.rglob("*") if p.suffix.lower() in (".yaml", ".yml")]
        for file in [place, *inside]:
            try:
                stat = file.stat()
            except OSError:
                continue
            if not S_ISDIR(stat.st_mode):
                found[file] = (stat.st_mtime_ns, stat.st_size)
    return found


def _rules(config: Path) -> list[Path]:
    """Where the rules are; while config.yaml is broken, where they usually are."""
    try:
        settings = load_settings(config)
    except UpfrontError:
        return [config.parent / "rules"]
    return [settings.path(name) for name in settings.config.rules]
