"""What people see on a terminal: the summary of a run, and progress while it works."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from adapters.cli.harmless import harmless
from engine.language.ruleset import Stage
from engine.ports import Progress as Report

STEPS = ("read", "gather", "match", "decide", "allocate", "explain", "write", "record", "release")
_WORDS = {
    "read": "reading the list and the sources",
    "gather": "joining facts",
    "match": "checking rules",
    "decide": "taking decisions",
    "allocate": "granting room",
    "explain": "writing reasons",
    "write": "writing lists",
    "record": "recording in the ledger",
    "release": "releasing",
}
_STATES = {
    "absent": "not there",
    "key-missing": "not to be looked up, for lack of a key",
    "stale": "too old",
    "source-failed": "not told by its source",
    "unreadable": "unreadable",
    "from-the-future": "dated in the future",
}
_TOP = 10
# Fewer may well have no row in a register that lists one in a hundred.
_MANY = 1_000
_OTHERS = ("allowed", "blocked", "table")


def console() -> Console:
    """Standard output; plain, and wide enough not to wrap, in a pipe.

    What stands in a text reaches no terminal as a command, and is one line whatever is in it.
    """
    width = None if os.isatty(1) else 200
    return _Console(highlight=False, width=width)


class _Console(Console):
    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Every text, also those of tables, passes here before it is broken into lines."""
        if isinstance(renderable, Text):
            renderable = renderable.copy()
            renderable.plain = harmless(renderable.plain)
        return super().render(renderable, options)

    def on_broken_pipe(self) -> None:
        """Leave it to the command what it means that nobody reads on; rich would end the program."""
        raise  # noqa: PLE0704 - called while the error is handled


@contextmanager
def progress(steps: int) -> Iterator[Report]:
    """A bar on standard error if that is a terminal, nothing otherwise."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield lambda step: None
        return
    # In a pipe nobody waits for the import.
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<34}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=steps)

        def report(step: str) -> None:
            # What is no step is said within one.
            done = STEPS.index(step) if step in STEPS else None
            bar.update(task, description=_WORDS.get(step, step), completed=done)

        yield report


def summary(manifest: Mapping[str, Any], out: Console) -> None:
    """A run or a plan in words: who may be contacted, what stopped the others, what was unknown."""
    counts = manifest["counts"]
    read, allowed, blocked = counts["read"], counts["allowed"], counts["blocked"]
    out.print(
        Text.assemble(
            (f"{read:,}", "bold"),
            " contacts: ",
            (f"{allowed:,} allowed", "bold green"),
            f" ({share(allowed, read)}), ",
            (f"{blocked:,} blocked", "bold red"),
            " before anyone rang",
        )
    )
    # A run that was made before this was said is shown again without it.
    if manifest.get("list_read_as"):
        out.print(Text(f"list read as: {', '.join(manifest['list_read_as'])}", style="dim"))
    failures(manifest, out)
    _silent(manifest, out)
    _funnel(counts, out)
    _rules(manifest, out)
    _shadow(manifest, out)
    _pools(manifest, out)
    _unknown(manifest, out)
    _places(manifest, out)


def share(part: int, whole: int) -> str:
    """A part of a whole in percent.

    >>> share(1, 8)
    '12.5%'
    """
    return f"{part / whole:.1%}" if whole else "0%"


def failures(manifest: Mapping[str, Any], out: Console) -> None:
    """A warning for each source that could not be read."""
    for name, source in manifest.get("sources", {}).items():
        if source["failure"]:
            out.print(Text(f"warning: source {name}: {source['failure']}", style="yellow"))
            if not source["whole"] and not source["asked"]:
                out.print(Text(f"  every fact of {name} is unknown in this run", style="yellow"))


def _silent(manifest: Mapping[str, Any], out: Console) -> None:
    """A warning for each source that told nothing of anybody on a long list."""
    read = manifest["counts"]["read"]
    for name, source in manifest.get("sources", {}).items():
        if read >= _MANY and not source["failure"] and source.get("found") == 0:
            told = f"warning: source {name} told nothing of {read:,} contacts"
            asked = "  is it too old, or are its keys written otherwise? see upfront sources check"
            out.print(Text(told, style="yellow"))
            out.print(Text(asked, style="yellow"))


def _funnel(counts: Mapping[str, Any], out: Console) -> None:
    table = numbers_table("Funnel: where contacts stopped first", "stage", "stopped", "left")
    table.add_column("")
    left = counts["read"]
    for stage in map(str, Stage):
        stopped = counts["by_stage"][stage]
        left -= stopped
        bar = "█" * round(40 * left / counts["read"]) if counts["read"] else ""
        table.add_row(stage, f"{stopped:,}", f"{left:,}", Text(bar, style="green"))
    out.print()
    out.print(table)
    causes = ", ".join(f"{cause} {n:,}" for cause, n in counts["by_cause"].items() if n)
    if causes:
        out.print(f"by cause: {causes}")


def _rules(manifest: Mapping[str, Any], out: Console) -> None:
    rules = manifest["rules"]
    shown = [
        r for r in sorted(rules, key=lambda r: (-rules[r]["blocked"], r)) if rules[r]["blocked"]
    ]
    if not shown:
        return
    table = numbers_table(
        "Rules that blocked most", "rule", "blocked", "alone", "failed", "unknown", "waived"
    )
    for rule in shown[:_TOP]:
        keys = ("blocked", "alone", "failed", "unknown", "waived")
        table.add_row(rule, *(f"{rules[rule][k]:,}" if rules[rule][k] else "·" for k in keys))
    out.print()
    out.print(table)
    out.print("alone: blocked by this rule and nothing else", style="dim")


def _shadow(manifest: Mapping[str, Any], out: Console) -> None:
    """Rules on trial, beside those in force: what they would have done."""
    if not manifest["shadow"]:
        return
    title = "In shadow mode: counted, nobody is stopped"
    table = numbers_table(title, "rule", "would block", "of them allowed now", "failed", "unknown")
    for rule, would in manifest["shadow"].items():
        outcomes = manifest["rules"][rule]
        numbers = (*would.values(), outcomes["failed"], outcomes["unknown"])
        table.add_row(rule, *(f"{n:,}" if n else "·" for n in numbers))
    out.print()
    out.print(table)


def numbers_table(title: str, *columns: str) -> Table:
    """A table without frames; the first column is text, the others numbers.

    In a narrow terminal cells go on in the next line: an id or a number cut off is another one.
    """
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for i, name in enumerate(columns):
        table.add_column(name, justify="right" if i else "left", overflow="fold")
    return table


def _pools(manifest: Mapping[str, Any], out: Console) -> None:
    pools = {p: n for p, n in manifest["pools"].items() if n["granted"] or n["denied"]}
    if not pools:
        return
    table = numbers_table("Pools", "pool", "granted", "denied")
    for pool, n in pools.items():
        table.add_row(pool, f"{n['granted']:,}", f"{n['denied']:,}")
    out.print()
    out.print(table)


def _unknown(manifest: Mapping[str, Any], out: Console) -> None:
    grouped: dict[tuple[str, str, int], list[str]] = {}
    for item in manifest["unknown"]:
        source, field = item["fact"].split(".", 1)
        grouped.setdefault((source, item["state"], item["candidates"]), []).append(field)
    if not grouped:
        return
    table = numbers_table("What was unknown, and why", "facts", "blocked")
    table.add_column("because it was")
    for (source, state, candidates), fields in list(grouped.items())[:_TOP]:
        table.add_row(f"{source}.{', '.join(fields)}", f"{candidates:,}", _STATES[state])
    out.print()
    out.print(table)
    if len(grouped) > _TOP:
        out.print(f"… and {len(grouped) - _TOP} more, with --json", style="dim")


def _places(manifest: Mapping[str, Any], out: Console) -> None:
    out.print()
    if "outputs" not in manifest:
        out.print(Text(f"a plan as of {manifest['as_of']}: nothing was recorded or written"))
        return
    ledger = manifest["ledger"]
    first, last = ledger["first_seq"], ledger["last_seq"]
    moments = f"moments {first:,} to {last:,}" if last >= first else "nothing to record"
    if manifest.get("repeated"):
        out.print("this very run was made before; these are its files")
    for name, value in (
        ("allowed", manifest["outputs"]["allowed"]),
        ("blocked", manifest["outputs"]["blocked"]),
        *(("dialer", f) for kind, f in manifest["outputs"].items() if kind not in _OTHERS),
        *(("table", name) for kind, name in manifest["outputs"].items() if kind == "table"),
        ("ledger", f"{moments}, root {ledger['root'][:16]}…"),
        ("run", f"{manifest['run_id']} as of {manifest['as_of']}"),
    ):
        out.print(Text.assemble((f"{name:<8}", "bold"), value), soft_wrap=True)
