"""`upfront fields`: the vocabulary of rules, where each fact comes from and who reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from adapters.cli.options import config_option, json_option, print_json
from adapters.cli.show import console
from adapters.config.load import Project, load_project
from adapters.config.sources import AsOfDocument, ReadDocument, SourceDocument
from engine.language.usage import KINDS, readers
from engine.language.vocabulary import BUILT_IN, CANDIDATE, Vocabulary, did_you_mean

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_WORDS = {"rules": "", "signals": "signal ", "decisions": "decision ", "pools": "pool "}


@click.command("fields")
@click.argument("names", nargs=-1)
@config_option
@json_option
def command(names: tuple[str, ...], config: Path, as_json: bool) -> None:
    """Show the facts that rules may read: name, type, source, how fresh, and which rules read them.

    All of them, or those NAMES speak of: sources (stock) or facts (stock.on_hand).

    Example: upfront fields stock
    """
    project = load_project(config)
    _known(names, project.vocabulary)
    sources = {name: source_data(project, name) for name in _sources(project)}
    facts = [f for f in facts_data(project) if not names or {f["name"], f["source"]} & set(names)]
    unread = [f["name"] for f in facts if not f["read"]]
    if as_json:
        print_json({"sources": sources, "facts": facts, "unread": unread})
        return
    out = console()
    for name, source in sources.items():
        own = [f for f in facts if f["source"] == name]
        if own:
            out.print(Text.assemble((name, "bold"), _told(source)), soft_wrap=True)
            out.print(_table(own))
    if unread:
        out.print(Text(f"nobody reads: {', '.join(unread)}", style="yellow"))


def facts_data(project: Project) -> list[dict[str, Any]]:
    """Every fact, in the order of config.yaml: what it is, who reads it, what it joins."""
    read = readers(project.ruleset)
    built_in = {fact.name for fact in BUILT_IN}
    joins: dict[str, list[str]] = {}
    for name, source in project.config.sources.items():
        for fact in source.key.values():
            joins.setdefault(fact, []).append(name)
    return [
        {
            "name": fact.name,
            "source": fact.source,
            "type": str(fact.type),
            "pii": fact.pii,
            "built_in": fact.name in built_in,
            "read_by": {k: list(read[fact.name][k]) if fact.name in read else [] for k in KINDS},
            "joins": joins.get(fact.name, []),
            # The engine itself reads who is contacted about what, and when.
            "read": fact.name in read or fact.name in joins or fact.name in built_in,
        }
        for fact in project.vocabulary.values()
    ]


def source_data(project: Project, name: str) -> dict[str, Any]:
    """Where a source is read from, what it is joined on, and when it is too old."""
    if name == CANDIDATE:
        listed = project.config.candidates
        read = str(listed.read or "the list")
        return {"read": read, "key": {}, "as_of": None, "max_age": None}
    source = project.config.sources[name]
    return {
        "read": _place(source.read),
        "key": dict(source.key),
        "as_of": _dated(source),
        "max_age": None if source.max_age is None else age_text(source.max_age),
    }


def age_text(age: timedelta) -> str:
    """An age as config.yaml writes it, a single day in hours.

    >>> [age_text(timedelta(hours=hours)) for hours in (1, 24, 36, 360)]
    ['1h', '24h', '36h', '15d']
    """
    seconds = int(age.total_seconds())
    hours = seconds <= _UNITS[0][1]
    unit, size = next((u, n) for u, n in _UNITS[hours:] if seconds % n == 0)
    return f"{seconds // size}{unit}"


def _known(names: Iterable[str], vocabulary: Vocabulary) -> None:
    known = [*vocabulary, *sorted(vocabulary.sources)]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise click.UsageError(f"there is no source or fact '{name}'. {hint}".rstrip())


def _sources(project: Project) -> Iterator[str]:
    yield CANDIDATE
    yield from project.config.sources


def _place(read: ReadDocument) -> str:
    # A database's address may hold a password, so only what is read in it is told.
    if read.file is not None:
        return read.file
    if read.history is not None:
        return f"{read.history.file or 'a database'} (contact log)"
    if read.computed is not None:
        return f"{read.computed[0]} (computed)"
    if read.service is not None:
        return f"{read.service[0]} (service)"
    return f"table {read.table} of a database" if read.table else "a query of a database"


def _dated(source: SourceDocument) -> str | None:
    match source.as_of:
        case AsOfDocument(column=str(column)):
            return f"column {column}"
        case AsOfDocument(value=value) if value is not None:
            return value.isoformat()
        case AsOfDocument(env=str(env)):
            return f"environment variable {env}"
        case AsOfDocument(sql=str()):
            return "a query"
    read = source.read.history or source.read
    return "last change of the file" if read.file is not None else None


def _told(source: dict[str, Any]) -> str:
    parts = [f" from {source['read']}"]
    if source["key"]:
        parts.append("joined on " + ", ".join(f"{c} = {f}" for c, f in source["key"].items()))
    if source["as_of"]:
        parts.append(f"dated by {source['as_of']}")
    if source["max_age"]:
        parts.append(f"too old after {source['max_age']}")
    return "; ".join(parts)


def _table(facts: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("  fact", "type", "", "read by"):
        table.add_column(title, header_style="dim")
    for fact in facts:
        by = [f"{_WORDS[kind]}{part}" for kind in KINDS for part in fact["read_by"][kind]]
        by += [f"source {name}" for name in fact["joins"]]
        told = ", ".join(by) or ("every list has it" if fact["built_in"] else "nobody")
        style = "" if fact["read"] else "yellow"
        table.add_row(
            f"  {fact['name']}", fact["type"], "pii" if fact["pii"] else "", Text(told, style)
        )
    return table
