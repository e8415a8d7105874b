"""`upfront`: the commands, and how every error becomes a message and an exit code."""

from __future__ import annotations

import atexit
import os
import sys
from typing import Any, NoReturn

import click

from adapters.cli.harmless import harmless_lines
from adapters.startup import module_of
from engine.diagnostics import Interrupted, UpfrontError

COMMANDS = {
    "init": "adapters.cli.init",
    "validate": "adapters.cli.validate",
    "lint": "adapters.cli.lint",
    "test": "adapters.cli.test",
    "run": "adapters.cli.run",
    "plan": "adapters.cli.plan",
    "compare": "adapters.cli.compare",
    "explain": "adapters.cli.explain",
    "fields": "adapters.cli.fields",
    "sources": "adapters.cli.sources",
    "rules": "adapters.cli.rules",
    "schema": "adapters.cli.schema",
    "audit": "adapters.cli.audit",
}
_SHORT = {
    "init": "A starter project that runs.",
    "validate": "Check config.yaml and the rules: every problem, with its place.",
    "lint": "What is valid but suspicious in the rules, proven where it can be.",
    "test": "Run the rule authors' tests: results, coverage, changes that no test notices.",
    "run": "Screen a list, record what was prevented, release who may be contacted.",
    "plan": "What a run would do, without ledger and without files.",
    "compare": "What other rules would change for a list.",
    "explain": "Everything about one candidate.",
    "fields": "The facts that rules may read, and which rules read them.",
    "sources": "Connect to every source: age, keys, cells, and who of a list finds a match.",
    "rules": "The rulebook as a table, as Markdown or as a page.",
    "schema": "JSON Schema of rules, tests and config.yaml, for editors.",
    "audit": "The ledger of prevented moments: list, show, verify, checkpoint.",
}


class _Lazy(click.Group):
    """Loads a command's module when it is needed, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = module_of(COMMANDS[cmd_name]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_SHORT.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for word in args:
            # Python takes bytes that are no text as surrogates, which no file and no ledger keeps.
            text = word.encode("utf-8", "replace").decode()
            if text != word:
                ctx.fail(f"'{text}' is not in UTF-8; rename what it is the name of")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from engine.language.vocabulary import did_you_mean

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"there is no command '{args[0]}'." + (f" {hint}" if hint else ""))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UpfrontError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(message_of(error), err=True)
            ctx.exit(error.exit_code)
        except MemoryError:
            click.echo("error: this machine has not enough memory for the list", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("error: interrupted", err=True)
            ctx.exit(Interrupted.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except OSError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(refused_by_system(error), err=True)
            ctx.exit(1)
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            if type(error).__name__ == "OutOfMemoryException":  # DuckDB's
                click.echo(
                    "error: the list needs more memory than DuckDB may have; nothing is released\n"
                    " = hint: give it more: UPFRONT_MEMORY=4GB",
                    err=True,
                )
                ctx.exit(1)
            # The text of a strange error may hold data of the list; its kind does not.
            click.echo(
                f"error: something unforeseen went wrong ({type(error).__name__}); "
                "nothing is released\n = hint: run with `upfront --debug …` and report it",
                err=True,
            )
            ctx.exit(1)


def refused_by_system(error: OSError) -> str:
    """What the system would not do, as it is printed: no room for standard output, say."""
    why = os.strerror(error.errno) if error.errno else type(error).__name__
    return f"error: the system refused: {why}" + (f": {error.filename}" if error.filename else "")


def message_of(error: UpfrontError) -> str:
    """An error as it is printed: every diagnostic of documents, else message and hint.

    It may name a key of a source, in which no character may command the terminal.
    """
    text = harmless_lines(str(error))
    if hasattr(error, "diagnostics"):
        return f"{text}\n\n{error.message}"
    return f"error: {text}" + (f"\n = hint: {error.hint}" if error.hint else "")


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 the run failed, nothing released; 2 wrong usage, config or "
    "rules; 3 not a candidate list; 4 the ledger does not verify; 5 rule tests failed; 130 "
    "interrupted.",
)
@click.version_option(package_name="upfront", prog_name="upfront")
@click.option("--debug", is_flag=True, help="Show Python's traceback when something goes wrong.")
def main(debug: bool) -> None:
    """Check a list of people before anyone contacts them.

    Example: upfront run call-list.csv
    """
    # Messages and lists are UTF-8 whatever the terminal's locale says.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def run() -> NoReturn:
    """The program `upfront`: `main`, and the end of the process.

    Taking apart all that was loaded and made takes Python half a second, so that is left to the
    system, which takes none; whatever asked to be called at the end is called.
    """
    _have_streams()
    try:
        main(prog_name="upfront")
    except OSError as error:
        sys.exit(refused_by_system(error))
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        atexit._run_exitfuncs()  # noqa: SLF001 - as Python does; it offers no other way
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            # Nobody reads it any more.
            raise end from None
        os._exit(end.code)
    raise AssertionError("click ends every command by SystemExit")


def _have_streams() -> None:
    """Give a program that was started without standard streams some that lead nowhere.

    Otherwise the next file opened, the ledger perhaps, gets the number of one, and what is written
    to that.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
            setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
