"""Compares two rulebooks on one list: finds the other one, reads what both need, screens twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from adapters.backends.duckdb import DuckDBBackend
from adapters.config.countries import is_pack
from adapters.config.load import NotReadable, Project, load_project, read_text, rule_files
from adapters.invalid_rows import check_read
from adapters.listing import Place
from adapters.wiring import Gathered, read_inputs
from engine.diagnostics import UpfrontError
from engine.language.load import RuleText, load_rules
from engine.language.ruleset import Decision, Pool, Rule, Ruleset, Signal
from engine.language.text import read_yaml
from engine.language.vocabulary import did_you_mean
from engine.ports import Progress
from engine.screening.compare import compare
from engine.screening.reasons import facts_read
from engine.screening.sides import SIDES, Dimension, side

_PARTS = ("rules", "signals", "decisions", "pools")


class NoSuchColumn(UpfrontError):
    """A list can't be broken down by that."""

    exit_code = 2


@dataclass(frozen=True)
class Other:
    """What the project is compared with. `instead_of` names the rule files that a single file
    stands in for; None when it is a whole rulebook.
    """

    project: Project
    path: Path
    instead_of: tuple[str, ...] | None = None


def other_project(project: Project, path: Path) -> Other:
    """The other side: a config.yaml (or a folder with one), a folder of rules, or a rule file.

    Rules without a configuration are read with the project's own. A folder is a whole rulebook.
    A single file stands in for the project's file of that name and those that define the same
    ids; the other files stay. Raises RefusedDocuments, and NotReadable when nothing is there.
    """
    if path.is_dir():
        if (path / "config.yaml").is_file():
            return Other(load_project(path / "config.yaml"), path)
        return Other(_with_folder(project, path), path)
    name, text = str(path), read_text(path, "name a config.yaml, a folder of rules or a rule file")
    said = read_yaml(name, text).value
    if isinstance(said, dict) and {"candidates", "sources", "version"} & said.keys():
        return Other(load_project(path), path)
    replaced = _replaced(project.ruleset, path, said)
    texts = {f: t for f, t in project.ruleset.texts.items() if f not in replaced}
    return Other(_with_rules(project, {**texts, name: text}), path, replaced)


def _with_folder(project: Project, folder: Path) -> Project:
    countries = project.config.countries if any(folder.rglob("countries")) else []
    changes = {"rules": [str(folder.resolve())], "countries": countries}
    config = project.config.model_copy(update=changes)
    try:
        files = list(rule_files(_with(project, config=config)))
    except UpfrontError:
        raise NotReadable(
            f"there is no rule file under {folder}", "rule files end in .yaml"
        ) from None
    return _with_rules(project, {f.file: f.text for f in files})


def _with_rules(project: Project, texts: dict[str, str]) -> Project:
    files = [RuleText(file, text, shared=is_pack(PurePath(file))) for file, text in texts.items()]
    ruleset = load_rules(files, project.vocabulary, project.config.languages)
    return _with(project, ruleset=ruleset)


def _with(project: Project, **changes: Any) -> Project:
    return Project(**{**vars(project), **changes})


def _replaced(ruleset: Ruleset, path: Path, said: object) -> tuple[str, ...]:
    """The files of the rulebook that a file stands in for: its namesake, and who has its ids."""
    listed = [said.get(key) for key in _PARTS] if isinstance(said, dict) else []
    items = [item for part in listed if isinstance(part, list) for item in part]
    ids = {item.get("id") for item in items if isinstance(item, dict)}
    parts: list[Rule | Signal | Decision | Pool]
    parts = [*ruleset.rules, *ruleset.signals, *ruleset.decisions, *ruleset.pools]
    files = {part.place.file for part in parts if part.id in ids}
    files |= {file for file in ruleset.texts if PurePath(file).name == path.name}
    return tuple(sorted(files))


def compare_lists(
    project: Project,
    other: Other,
    place: Place,
    as_of: datetime,
    by: Sequence[str] = (),
    samples: int = 5,
    progress: Progress = lambda stage: None,
) -> dict[str, Any]:
    """What the other rulebook would change for the list at a place, as of one moment.

    Where both configurations read the same, list and sources are read once. Adds to what
    `engine.screening.compare` gives: `list, as_of`, and per side what it is, how many rules,
    decisions and pools it has, and its `sources`. `by` are columns of the list or facts. Raises
    NoSuchColumn, RefusedInput for a file that is no list, TooManyInvalid, and UpfrontError should
    it not add up.
    """
    facts = _facts(project, by)
    needed = facts_read(project.ruleset) | {f for found in facts.values() for f in found}
    shared = _read_alike(project, other.project)
    if shared:
        needed |= facts_read(other.project.ruleset)
    backend = DuckDBBackend()
    try:
        progress("read")
        gathered = read_inputs(project, place, as_of, backend, needed)
        check_read(project, gathered.inputs, _rows(gathered), backend)
        dimensions = [_dimension(project, gathered, name, facts[name]) for name in facts]
        inputs = gathered.inputs
        before = side(SIDES[0], project.ruleset, inputs, backend, dimensions, progress)
        if shared:
            again = gathered
        else:
            progress("read")
            needed = facts_read(other.project.ruleset)
            again = read_inputs(other.project, place, as_of, backend, needed)
            _check_rows(gathered, again)
            check_read(other.project, again.inputs, _rows(again), backend)
        after = side(SIDES[1], other.project.ruleset, again.inputs, backend, (), progress)
        found = compare(before, after, dimensions, samples, backend)
    finally:
        backend.close()
    if found["counts"]["read"] != _rows(gathered):
        raise UpfrontError(
            f"{_rows(gathered)} rows were read, but {found['counts']['read']} compared",
            "please report this as a defect",
        )
    found["before"] = {**_described(project, gathered), **found["before"]}
    found["after"] = {
        "path": str(other.path),
        "instead_of": None if other.instead_of is None else list(other.instead_of),
        **_described(other.project, again),
        **found["after"],
    }
    moment = as_of.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"list": str(place), "as_of": moment, **found}


def _read_alike(project: Project, other: Project) -> bool:
    """Whether both make the same facts of the same files."""
    keys = ("candidates", "sources", "time_zone")
    mine, theirs = project.config, other.config
    same = all(getattr(mine, key) == getattr(theirs, key) for key in keys)
    return same and project.root.resolve() == other.root.resolve()


def _rows(gathered: Gathered) -> int:
    return len(gathered.listed.rows) + len(gathered.listed.misfits)


def _check_rows(gathered: Gathered, again: Gathered) -> None:
    if _rows(gathered) != _rows(again):
        raise UpfrontError(
            f"the two configurations do not read the list in the same way: {_rows(gathered)} rows "
            f"and {_rows(again)}",
            "give both the same `candidates: {delimiter: …}`",
        )


def _facts(project: Project, by: Sequence[str]) -> dict[str, list[str]]:
    """The facts that each name may mean: a full name one, a bare one those of that field."""
    vocabulary = project.vocabulary
    return {
        name: [f.name for f in vocabulary.values() if name in (f.name, f.field)]
        for name in dict.fromkeys(by)
    }


def _dimension(project: Project, gathered: Gathered, name: str, facts: list[str]) -> Dimension:
    """A column of the list, or the one fact of that name."""
    column = gathered.listed.column(name)
    if column is not None:
        if name in _private_columns(project):
            raise _private(name)
        return Dimension(name, column=column)
    if len(facts) == 1:
        if project.vocabulary[facts[0]].pii:
            raise _private(name)
        return Dimension(facts[0], fact=facts[0])
    if facts:
        raise NoSuchColumn(f"`{name}` may be {' or '.join(facts)}", "give the whole name")
    known = [*(title.strip() for title in gathered.listed.header), *project.vocabulary]
    known += [fact.field for fact in project.vocabulary.values()]
    raise NoSuchColumn(
        f"there is no column and no fact `{name}`",
        did_you_mean(name, known)
        or "the list has: " + ", ".join(known[: len(gathered.listed.header)]),
    )


def _private_columns(project: Project) -> set[str]:
    candidates = project.config.candidates
    private = {f.column or name for name, f in candidates.fields.items() if f.pii}
    return private | {*(candidates.id.columns or ()), *(candidates.customer.columns or ())}


def _private(name: str) -> NoSuchColumn:
    return NoSuchColumn(
        f"`{name}` is personal data and is not shown", "break down by something people share"
    )


def _described(project: Project, gathered: Gathered) -> dict[str, Any]:
    ruleset = project.ruleset
    return {
        "config": project.file,
        **{part: len(getattr(ruleset, part)) for part in ("rules", "decisions", "pools")},
        "ruleset_digest": ruleset.digest,
        "config_digest": project.digest,
        "sources": {s.name: {"as_of": s.as_of, "failure": s.failure} for s in gathered.sources},
    }
