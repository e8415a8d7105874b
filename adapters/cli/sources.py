"""`upfront sources check`: every source as a run would find it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.cli.fields import age_text, source_data
from adapters.cli.options import (
    as_of_option,
    config_option,
    json_option,
    list_path,
    moment,
    print_json,
)
from adapters.cli.show import console, share
from adapters.config.load import Project, load_project
from engine.language.vocabulary import did_you_mean

Report = Mapping[str, Any]


@click.group("sources")
def command() -> None:
    """The reference data that config.yaml declares."""


@command.command("check")
@click.argument("names", nargs=-1)
@click.option("--no-list", is_flag=True, help="Look at the sources alone.")
@click.option("--all", "every", is_flag=True, help="Ask services about all keys, not about 20.")
@as_of_option
@config_option
@json_option
def check(
    names: tuple[str, ...],
    no_list: bool,
    every: bool,
    as_of: str | None,
    config: Path,
    as_json: bool,
) -> None:
    """Connect to each source: rows, age, keys that stand twice, blanks, cells that can't be read.

    All of them, also those that no rule reads, or those that NAMES speak of. With a list among the
    NAMES (or as `candidates: {read: …}` of config.yaml), how many of its candidates find a match.
    Exit code 1 when something would make facts unknown or stop a run. No personal data is shown.

    Example: upfront sources check call-list.csv stock
    """
    # What looks at data takes a second to load; `--help` need not wait for it.
    from adapters.backends.duckdb import DuckDBBackend
    from adapters.source_check import check_sources
    from adapters.startup import without_pandas

    project = load_project(config)
    sources, given = _told_apart(names, project)
    place, read = None, project.config.candidates.read
    if given is not None or (read is not None and not no_list):
        place = list_path(given, read, project.root)
    clock = moment(as_of, project.config.time_zone, datetime.now(UTC))
    without_pandas()
    backend = DuckDBBackend()
    try:
        report = check_sources(project, sources, place, clock, backend, every=every)
    finally:
        backend.close()
    if as_json:
        print_json(report)
    else:
        _print(project, report, console())
    click.get_current_context().exit(0 if report["ok"] else 1)


def _told_apart(names: tuple[str, ...], project: Project) -> tuple[list[str], Path | None]:
    """The names of sources among these, and the list."""
    sources = [name for name in names if name in project.config.sources]
    others = [name for name in names if name not in project.config.sources]
    for name in others[1:] if others and (others[0] == "-" or Path(others[0]).exists()) else others:
        hint = did_you_mean(name, project.config.sources)
        raise click.UsageError(f"there is neither a source nor a list '{name}'. {hint}".rstrip())
    return sources, Path(others[0]) if others else None


def _print(project: Project, report: Report, out: Console) -> None:
    for name, source in report["sources"].items():
        about = source_data(project, name)
        joined = ", ".join(f"{column} = {fact}" for column, fact in about["key"].items())
        optional = "; optional" if source["optional"] else ""
        text = f" from {about['read']}; joined on {joined}{optional}"
        out.print(Text.assemble((name, "bold"), text), soft_wrap=True)
        for line in (_rows(source), _age(source), _keys(source), *_matches(source)):
            if line:
                out.print(Text(f"  {line}"), soft_wrap=True)
        if source["fields"]:
            out.print(_fields(source))
        for problem in source["problems"]:
            out.print(Text(f"  problem: {problem}", style="red"), soft_wrap=True)
        out.print()
    bad = [name for name, source in report["sources"].items() if source["problems"]]
    if bad:
        out.print(Text(f"look at: {', '.join(bad)}", style="bold red"))
    elif report["sources"]:
        out.print(Text("all is well", style="bold green"))
    else:
        out.print("config.yaml declares no sources")


def _rows(source: Report) -> str:
    return "" if source["rows"] is None else f"rows: {source['rows']:,}"


def _age(source: Report) -> str:
    if source["as_of"] is None:
        return "" if source["rows"] is None else "age: nobody says how old it is"
    old = timedelta(seconds=abs(source["age"]))
    when = "old" if source["age"] >= 0 else "in the future"
    limit = source["max_age"]
    allowed = "" if limit is None else f", {age_text(timedelta(seconds=limit))} allowed"
    return f"age: {_short(old)} {when} ({source['as_of']}){allowed}"


def _short(span: timedelta) -> str:
    """An age in one or two units.

    >>> _short(timedelta(seconds=5)), _short(timedelta(hours=26)), _short(timedelta(minutes=65))
    ('5s', '1d 2h', '1h 5m')
    """
    seconds = int(span.total_seconds())
    units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]
    for number, (unit, size) in enumerate(units):
        if seconds >= size or unit == "s":
            rest = [(u, seconds % size // s) for u, s in units[number + 1 : number + 2]]
            return " ".join(f"{n}{u}" for u, n in [(unit, seconds // size), *rest] if n) or "0s"
    return "0s"


def _keys(source: Report) -> str:
    keys = source["keys"]
    if keys is None:
        return ""
    parts = [f"keys: {keys['distinct']:,}"]
    if keys["twice"]:
        shown = ", ".join(f"{c} = {v}" for c, v in (keys["example"] or {}).items())
        parts.append(
            f"{keys['twice']:,} of them on more than one row" + (f", like {shown}" if shown else "")
        )
    if keys["blank"]:
        parts.append(f"{keys['blank']:,} rows without one")
    return "; ".join(parts)


def _matches(source: Report) -> list[str]:
    counts = source.get("candidates")
    if counts is None:
        asked = source["rows"] is None and not source["problems"]
        return ["not asked: that takes a list"] if asked else []
    asked = counts.get("asked")
    if asked is not None and asked["asked"] < asked["keys"]:
        # Of the others nobody knows yet whether they have a match.
        told = f"asked about {asked['asked']:,} of {asked['keys']:,} keys (--all asks about all)"
        return [told, f"candidates: {counts['no_key']:,} have no key"]
    total = sum(counts[word] for word in ("found", "no_row", "no_key", "unknown"))
    words = {"no_row": "find none", "no_key": "have no key", "unknown": "can't be told"}
    parts = [f"{counts['found']:,} ({share(counts['found'], total)}) find a row"]
    parts += [f"{counts[word]:,} {text}" for word, text in words.items() if counts[word]]
    return [f"candidates: {', '.join(parts)}"]


def _fields(source: Report) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("  field", "type", "blank", "unreadable"):
        right = title in ("blank", "unreadable")
        table.add_column(title, header_style="dim", justify="right" if right else "left")
    for name, field in source["fields"].items():
        bad = field["unreadable"]["rows"]
        table.add_row(
            f"  {name}",
            field["type"],
            share(field["blank"], source["rows"]) if field["blank"] else "·",
            Text(f"{bad:,}" if bad else "·", "red" if bad else ""),
        )
    return table
