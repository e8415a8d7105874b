"""`upfront audit`: the auditors' side of the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.text import Text

from adapters.cli.options import config_option, json_option, print_json
from adapters.cli.recorded import as_recorded, print_moment, recorded_moment
from adapters.cli.show import console, numbers_table
from adapters.config.load import load_settings, read_text
from adapters.ledger.store import Ledger
from adapters.wiring import project_ledger
from engine.diagnostics import LedgerBroken, UpfrontError
from engine.language.ruleset import CAUSES
from engine.ledger.checkpoint import NoteRefused, open_checkpoint, read_checkpoint
from engine.ledger.findings import plural
from engine.ledger.moment import Moment

_LARGEST = 2**63 - 1  # of the numbers that a database compares


@click.group("audit")
def command() -> None:
    """The ledger of prevented moments: list, show, verify."""


def _ledger(config: Path) -> Ledger:
    """The ledger that config.yaml names; the rules need not be valid to read it."""
    return project_ledger(load_settings(config), create=False)


@command.command("list")
@click.option("--run", "run_id", help="The prevented moments of one run.")
@click.option("--customer", help="Those of one customer.")
@click.option("--rule", help="Those whose first reason is this rule.")
@click.option("--cause", type=click.Choice(CAUSES), help="Those of one cause.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1), help="How many to list."
)
@click.option("--offset", default=0, type=click.IntRange(0), help="How many to pass over first.")
@config_option
@json_option
def list_command(
    run_id: str | None,
    customer: str | None,
    rule: str | None,
    cause: str | None,
    limit: int,
    offset: int,
    config: Path,
    as_json: bool,
) -> None:
    """The runs, newest first; with --run, --customer, --rule or --cause the prevented moments.

    Example: upfront audit list --cause no-room
    """
    limit, offset = min(limit, _LARGEST - 1), min(offset, _LARGEST)
    ledger = _ledger(config)
    with as_recorded():
        if run_id is not None and ledger.find_run(run_id) is None:
            raise UpfrontError("the ledger has no such run", "`upfront audit list` shows the runs")
        if any(v is not None for v in (run_id, customer, rule, cause)):
            moments = ledger.moments(
                run_id=run_id,
                customer_id=customer,
                rule=rule,
                cause=cause,
                limit=limit + 1,
                offset=offset,
            )
            _print_moments(moments[:limit], as_json)
            _say_more(len(moments) > limit, limit, offset)
            return
        runs = ledger.runs(limit + 1, offset)
        _say_more(len(runs) > limit, limit, offset)
        runs = runs[:limit]
        if as_json:
            print_json([_run_data(r) for r in runs])
            return
        table = numbers_table("Runs", "run", "read", "allowed", "blocked", "moments")
        for r in runs:
            moments_range = f"{r.first_seq:,}–{r.last_seq:,}" if r.blocked else "none"
            table.add_row(
                r.run_id, f"{r.read:,}", f"{r.allowed:,}", f"{r.blocked:,}", moments_range
            )
        none = "no run is recorded yet" if not offset else "there are no more runs"
        console().print(table if runs else none)


def _say_more(more: bool, limit: int, offset: int) -> None:
    """Nobody must take a part for all."""
    if more:
        said = f"{limit:,} are shown, there are more: --offset {offset + limit} or another --limit"
        click.echo(said, err=True)


def _run_data(run: Any) -> dict[str, Any]:
    names = (
        "run_id",
        "as_of",
        "started_at",
        "finished_at",
        "backend",
        "read",
        "allowed",
        "blocked",
        "first_seq",
        "last_seq",
        "root",
        "ruleset_digest",
        "config_digest",
        "input_digest",
        "sources",
    )
    return {name: getattr(run, name) for name in names}


def _print_moments(moments: list[Moment], as_json: bool) -> None:
    names = ("seq", "candidate_id", "offer_id", "cause", "rule", "reason")
    if as_json:
        print_json([{n: getattr(m, n) for n in ("run_id", *names)} for m in moments])
        return
    out = console()
    for m in moments:
        out.print(
            Text.assemble(
                (f"{m.seq:>9,} ", "bold"),
                f"{m.candidate_id or '(erased)'} ",
                (f"{m.cause} ", "red"),
                f"{m.rule}: {m.reason or ''}",
            ),
            soft_wrap=True,
        )
    if not moments:
        out.print("no prevented moment fits")


@command.command("show")
@click.argument("seq", type=click.IntRange(1))
@config_option
@json_option
def show_command(seq: int, config: Path, as_json: bool) -> None:
    """One prevented moment, by its number, with the rules as they were.

    Example: upfront audit show 17
    """
    ledger = _ledger(config)
    moment = ledger.moment(seq) if seq <= _LARGEST else None
    if moment is None:
        raise UpfrontError(
            f"the ledger has no moment {seq}", "`upfront audit list` shows the runs and theirs"
        )
    with as_recorded():
        shown = recorded_moment(ledger, moment)
        if as_json:
            print_json(shown)
        else:
            print_moment(shown, console())


@command.command("checkpoint")
@config_option
def checkpoint_command(config: Path) -> None:
    """The newest checkpoint: keep it where whoever can write the ledger can't.

    Example: upfront audit checkpoint > kept/monday.txt
    """
    from adapters.ledger.key import UnusableKey, load_key

    ledger = _ledger(config)
    note = ledger.last_checkpoint()
    if note is None:
        raise UpfrontError("the ledger has no checkpoint yet", "each `upfront run` ends with one")
    try:
        read_checkpoint(str(note))
        open_checkpoint(str(note), load_key(ledger.key_path).public_key())
    except UnusableKey as error:
        # Whoever keeps checkpoints need not be allowed to sign.
        click.echo(f"warning: its signature is not checked: {error}", err=True)
    except NoteRefused as error:
        raise LedgerBroken(
            f"the newest checkpoint can't be used: {error}",
            "it is not worth keeping; `upfront audit verify` tells what was changed",
        ) from error
    click.echo(note, nl=False)


@command.command("verify")
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    help="A checkpoint kept outside: finds a rewritten or truncated history.",
)
@config_option
@json_option
def verify_command(checkpoint: Path | None, config: Path, as_json: bool) -> None:
    """Recompute every hash, root and signature; exit code 4 when anything does not fit.

    Example: upfront audit verify --checkpoint kept/monday.txt
    """
    from adapters.ledger.auditing import verify_ledger

    ledger = _ledger(config)
    trusted = _kept(checkpoint) if checkpoint else None
    result = verify_ledger(ledger, trusted=trusted)
    totals = {
        "moments": result.moments,
        "erased": result.erased,
        "runs": result.runs,
        "checkpoints": result.checkpoints,
        "root": result.root,
    }
    if as_json:
        findings = [{"code": f.code, "seq": f.seq, "message": f.message} for f in result.findings]
        print_json({"whole": result.whole, **totals, "counts": result.counts, "findings": findings})
    else:
        out = console()
        for finding in result.findings:
            out.print(Text(f"{finding.code}: {finding.message}", style="red"), soft_wrap=True)
        if result.whole:
            out.print(
                Text(
                    f"whole: {plural(result.moments, 'moment')} of {plural(result.runs, 'run')}, "
                    f"{plural(result.checkpoints, 'checkpoint')}, root {result.root[:16]}…",
                    style="bold green",
                )
            )
            if trusted is None:
                hint = (
                    "a checkpoint kept elsewhere (--checkpoint) also proves nothing was rewritten"
                )
                out.print(hint, style="dim")
    if not result.whole:
        found = sum(result.counts.values())
        hint = ""
        if 0 < result.checkpoints <= result.counts.get("checkpoint-forged", 0):
            hint = "no checkpoint fits the key: is signing_key in config.yaml this ledger's own?"
        raise LedgerBroken(f"the ledger does not verify: {found} finding{'s' * (found > 1)}", hint)


def _kept(path: Path) -> str:
    """A kept checkpoint without what mail and other systems do to the ends of lines and texts."""
    note = read_text(path, "check the path").replace("\r\n", "\n").strip("\n") + "\n"
    try:
        read_checkpoint(note)
    except NoteRefused as error:
        raise click.BadParameter(
            f"{path} can't be used: {error}; "
            "give a file with all that `upfront audit checkpoint` printed, and nothing else",
            param_hint="--checkpoint",
        ) from error
    return note
