"""`upfront init`: a starter project that runs."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import click

from engine.diagnostics import UpfrontError

_PARTS = ("config.yaml", "rules", "samples", "schemas")
_HERE = Path(__file__).resolve().parent
_GITIGNORE = "out/\nupfront.db*\nupfront.key\n"


def starter() -> Path:
    """Where the starter project is: inside the installed package, or in the checkout."""
    packed = _HERE / "starter"
    return packed if packed.is_dir() else _HERE.parents[1]


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Make a starter project in FOLDER: config.yaml, rules with tests, and a sample list.

    Example: upfront init my-project
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UpfrontError(f"{folder} exists and is not empty", "name a new folder")
    try:
        _make(folder.resolve())
    except OSError as error:
        why = error.strerror or "a part of it could not be copied"
        raise UpfrontError(f"{folder} can't be made: {why}") from error
    click.echo(f"made {folder}; now try:\n")
    if folder.resolve() != Path.cwd():
        click.echo(f"  cd {shlex.quote(str(folder))}")
    click.echo("  upfront validate")
    click.echo("  upfront test")
    click.echo("  upfront run --as-of 2026-03-02T09:30:00+01:00")


def _make(home: Path) -> None:
    """The project at `home`, built beside or in it and renamed: a half-made one is never left."""
    there = home.exists()
    # A folder that is there stays the same: somebody may stand in it.
    draft = home / ".part" if there else home.with_name(f".{home.name}.part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        _copy(starter(), draft)
        if not there:
            draft.rename(home)
            return
        # Without config.yaml it is no project yet.
        for part in sorted(draft.iterdir(), key=lambda part: part.name == "config.yaml"):
            part.rename(home / part.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    for name in _PARTS:
        part = source / name
        if part.is_dir():
            ignored = shutil.ignore_patterns("*.py", "__pycache__", "source")
            shutil.copytree(part, target / name, ignore=ignored)
        else:
            shutil.copy(part, target / name)
    (target / ".gitignore").write_text(_GITIGNORE, encoding="utf-8")
