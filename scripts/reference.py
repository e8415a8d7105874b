#!/usr/bin/env python
"""Writes what the docs tell of the code: docs/commands.md, docs/reference/ and schemas/.

    .venv/bin/python scripts/reference.py

A test fails while one of the files is not what this script writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from adapters.cli.main import main
from adapters.cli.schema import file_name, schemas
from scripts import reference_functions, reference_keys

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "commands.md"

_HEAD = """\
# Commands

This page is written by `scripts/reference.py` from the commands themselves; do not edit it.
Every command takes `-h` or `--help`, and prints what stands here.

Results go to standard output, messages and progress to standard error. Progress is shown on a
terminal only. With `NO_COLOR` set, or in a pipe, there are no colours. `--json` prints data for
machines instead of text for people.

## Exit codes

| code | means |
|---|---|
| 0 | done |
| 1 | the run failed; the message says why, and no list was released |
| 2 | wrong usage, configuration or rules |
| 3 | the file given is not a candidate list at all |
| 4 | the ledger does not verify |
| 5 | tests of the rules failed or are missing, cover too little, or miss a change (`--mutate`) |
| 130 | interrupted, as with Ctrl-C |
"""


def walk(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[click.Context, click.Command]]:
    """A command and all below it, each with the context that knows its full name."""
    ctx = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    yield ctx, command
    if isinstance(command, click.Group):
        for sub in command.list_commands(ctx):
            found = command.get_command(ctx, sub)
            if found is not None:
                yield from walk(found, sub, ctx)


def reference() -> str:
    """The whole page."""
    parts = [_HEAD]
    parts += [_section(ctx, command) for ctx, command in walk(main, "upfront")]
    return "\n".join(parts)


def _section(ctx: click.Context, command: click.Command) -> str:
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    lines = [f"## `{ctx.command_path}`", "", "```text", usage, "```", ""]
    lines += _prose(command.help or "")
    if command.params:
        lines += ["", "| option | does |", "|---|---|"]
        lines += [_row(option, ctx) for option in command.params]
    return "\n".join(lines) + "\n"


def _prose(text: str) -> Iterator[str]:
    """The help's paragraphs, each on one line, examples as code."""
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n")]
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ""
        word, _, example = paragraph.partition(": ")
        yield f"Example: `{example}`" if word == "Example" else paragraph


def _row(parameter: click.Parameter, ctx: click.Context) -> str:
    if isinstance(parameter, click.Argument):
        name = parameter.make_metavar(ctx).strip("[].")
        need = "needed" if parameter.required else "may be left out"
        return f"| `{name}` | {need}{', several may follow' if parameter.nargs < 0 else ''} |"
    record = parameter.get_help_record(ctx)
    names, text = record if record is not None else (", ".join(parameter.opts), "")
    return f"| `{names}` | {' '.join(text.split())} |".replace("|  |", "| |")


def written() -> dict[Path, str]:
    """Every file that this script writes, with its text."""
    pages = {**reference_keys.pages(), "functions.md": reference_functions.page()}
    return {
        TARGET: reference(),
        **{ROOT / "docs" / "reference" / name: text for name, text in pages.items()},
        **{ROOT / "schemas" / file_name(kind): text for kind, text in schemas().items()},
    }


if __name__ == "__main__":
    for path, text in written().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
