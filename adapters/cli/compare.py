"""`upfront compare`: what other rules would change for a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from adapters.cli.options import (
    as_of_option,
    config_option,
    json_option,
    list_path,
    moment,
    print_json,
)
from adapters.cli.show import STEPS, console, failures, numbers_table, progress, share
from adapters.config.load import load_project

_HEADINGS = {
    "newly_blocked": ("Newly blocked, by what stops them now", "before", "it was"),
    "newly_allowed": ("Newly allowed, by what stopped them before", "after", "it is now"),
}


@click.command("compare")
@click.argument("candidates", type=click.Path(path_type=Path), required=False)
@click.option(
    "--to",
    "other",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OTHER",
    help="The other side: a config.yaml, a folder of rules (a whole rulebook), or one rule file "
    "(it stands in for the file of that name or with the same ids; the others stay).",
)
@click.option(
    "--by",
    multiple=True,
    metavar="COLUMN",
    help="Break the list down by a column of it or a fact; may be given several times.",
)
@click.option(
    "--samples",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many candidate ids to name of those newly blocked and newly allowed.",
)
@as_of_option
@config_option
@json_option
def command(
    candidates: Path | None,
    other: Path,
    by: tuple[str, ...],
    samples: int,
    as_of: str | None,
    config: Path,
    as_json: bool,
) -> None:
    """What other rules would change for a list: newly blocked, newly allowed, and by which rule.

    Nothing is recorded or written. Samples are candidate ids only.

    Example: upfront compare call-list.csv --to drafts/price.yaml --by segment
    """
    from adapters.compare import compare_lists, other_project

    project = load_project(config)
    to = other_project(project, other)
    path = list_path(candidates, project.config.candidates.read, project.root)
    clock = moment(as_of, project.config.time_zone, datetime.now(UTC))
    with progress(len(STEPS)) as report:
        found = compare_lists(project, to, path, clock, by, samples, report)
    if as_json:
        print_json(found)
    else:
        _print(found, console())


def _print(found: Mapping[str, Any], out: Console) -> None:
    counts = found["counts"]
    out.print(Text.assemble((f"{counts['read']:,}", "bold"), f" contacts, as of {found['as_of']}"))
    failures(found["before"], out)
    if found["after"]["sources"] != found["before"]["sources"]:
        failures(found["after"], out)
    _sides(found, out)
    for kind, (title, other, heading) in _HEADINGS.items():
        _moved(title, other, heading, found["moved_by"][kind], out)
    for breakdown in found["by"]:
        _breakdown(breakdown, out)
    _pools(found["pools"], out)
    _other_reasons(found["other_reasons"], out)
    for kind in _HEADINGS:
        _samples(kind, found, out)


def _sides(found: Mapping[str, Any], out: Console) -> None:
    counts = found["counts"]
    read = counts["read"]
    table = numbers_table("", "", "allowed", "blocked", "rules", "decisions", "pools")
    table.title = None
    for side in ("before", "after"):
        told = found[side]
        numbers = [told["allowed"], told["blocked"]]
        numbers += [told[key] for key in ("rules", "decisions", "pools")]
        table.add_row(side, *(f"{n:,}" for n in numbers))
    out.print(table)
    out.print(Text(f"after: {_what(found['after'])}", style="dim"))
    out.print()
    same = counts["same_allowed"] + counts["same_blocked"]
    for words, number, style in (
        ("newly blocked", counts["newly_blocked"], "bold red"),
        ("newly allowed", counts["newly_allowed"], "bold green"),
        ("same", same, ""),
    ):
        line = Text.assemble((f"{words:<14}", style), f"{number:>10,}  {share(number, read):>6}")
        if words == "same":
            line.append(f"  (allowed {counts['same_allowed']:,}, ")
            line.append(f"blocked {counts['same_blocked']:,})")
        out.print(line)


def _what(after: Mapping[str, Any]) -> str:
    if after["instead_of"] is None:
        return str(after["path"])
    if not after["instead_of"]:
        return f"{after['path']} beside all the rules there are"
    return f"{after['path']} instead of {', '.join(after['instead_of'])}; the other files stay"


def _moved(
    title: str, other: str, heading: str, rules: list[Mapping[str, Any]], out: Console
) -> None:
    if not rules:
        return
    table = numbers_table(title, "rule", "contacts", "alone", "unknown")
    table.add_column(heading)
    for told in rules:
        numbers = (told["candidates"], told["alone"], told["outcomes"].get("unknown", 0))
        words = [f"{_spoken(w)} {n:,}" for w, n in _most_first(told[other])]
        words += [f"waived by {w} {n:,}" for w, n in _most_first(told["waived_by"])]
        if told["waived_by"]:
            words = [w for w in words if not w.startswith("waived ") or w.startswith("waived by")]
        table.add_row(told["rule"], *(f"{n:,}" if n else "·" for n in numbers), ", ".join(words))
    out.print()
    out.print(table)
    out.print("alone: this rule and nothing else; a contact may have several", style="dim")


def _most_first(counted: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _spoken(word: str) -> str:
    return word.replace("-", " ")


def _breakdown(told: Mapping[str, Any], out: Console) -> None:
    keys = ("read", "allowed_before", "allowed_after", "newly_blocked", "newly_allowed")
    table = numbers_table(f"By {told['column']}", told["column"], *map(_words, keys))
    for row in told["values"]:
        table.add_row(Text(row["value"]), *(f"{row[k]:,}" if row[k] else "·" for k in keys))
    rest = told["rest"]
    if rest["values"]:
        name = f"… {rest['values']:,} other values together"
        table.add_row(name, *(f"{rest[k]:,}" if rest[k] else "·" for k in keys), style="dim")
    out.print()
    out.print(table)


def _words(key: str) -> str:
    return "contacts" if key == "read" else key.replace("_", " ")


def _pools(pools: Mapping[str, Any], out: Console) -> None:
    shown = {
        pool: told
        for pool, told in pools.items()
        if any(side is not None and any(side.values()) for side in told.values())
    }
    if not shown:
        return
    table = numbers_table("Pools", "pool", "granted before", "after", "denied before", "after")
    for pool, told in shown.items():
        cells = [
            "—" if told[side] is None else f"{told[side][key]:,}"
            for key in ("granted", "denied")
            for side in ("before", "after")
        ]
        table.add_row(pool, *cells)
    out.print()
    out.print(table)


def _other_reasons(told: Mapping[str, Any], out: Console) -> None:
    if not told["candidates"]:
        return
    title = f"Blocked before and after, for other reasons: {told['candidates']:,}"
    table = numbers_table(title, "rule", "no longer", "now too", "failed ↔ unknown")
    for row in told["rules"]:
        numbers = (row["gone"], row["new"], row["changed"])
        table.add_row(row["rule"], *(f"{n:,}" if n else "·" for n in numbers))
    out.print()
    out.print(table)


def _samples(kind: str, found: Mapping[str, Any], out: Console) -> None:
    samples, total = found["samples"][kind], found["counts"][kind]
    if not samples:
        return
    _, other, heading = _HEADINGS[kind]
    out.print()
    title = f"Some of the {total:,}" if len(samples) < total else f"The {total:,}"
    out.print(Text(f"{title} {_spoken(kind).replace('_', ' ')} (candidate ids)", style="bold"))
    for sample in samples:
        rules = [
            f"{r['rule']} {_spoken(r['outcome'])} ({heading} {_spoken(r[other])}"
            + (f" by {', '.join(r['waived_by'])})" if r.get("waived_by") else ")")
            for r in sample["rules"]
        ]
        out.print(Text(f"  {sample['candidate_id']}: {'; '.join(rules)}"), soft_wrap=True)
