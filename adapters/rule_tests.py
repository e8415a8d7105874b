"""Runs rule authors' tests: the same match, judge and allocate as a run, on facts written down."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath

from adapters.backends.duckdb import DuckDBBackend
from adapters.config.countries import is_pack
from adapters.config.load import NotReadable, Project, is_test_file, read_text, tested_by
from engine.diagnostics import Diagnostic, RefusedDocuments
from engine.language.cases import Candidate, Case, Equivalent, read_cases, read_equivalent
from engine.language.mutants import mutants
from engine.language.ruleset import Ruleset
from engine.screening.bench import Bench
from engine.screening.concerned import Concern, Telling
from engine.screening.coverage import Coverage, coverage
from engine.screening.expected import Mismatch, mismatches
from engine.screening.mutation import Survivor, survivors
from engine.screening.trial import Seen, Trial, try_cases


@dataclass(frozen=True)
class Tried:
    """One candidate of a test; where it failed, what that turned on."""

    candidate: Candidate
    mismatches: tuple[Mismatch, ...]
    concerns: tuple[Concern, ...]


@dataclass(frozen=True)
class Result:
    """A test that was run; it passed when nothing mismatches."""

    case: Case
    tried: tuple[Tried, ...]

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        return tuple(m for one in self.tried for m in one.mismatches)

    @property
    def passed(self) -> bool:
        return not self.mismatches


@dataclass(frozen=True)
class Mutation:
    """What the mutation check found: changes that no test notices.

    `explained` are those of which an author says that they change nothing; `outdated` are
    explanations of changes that a test does notice, or that nobody can make any more.
    """

    tried: int
    survivors: Sequence[Survivor]
    explained: Sequence[tuple[Survivor, Equivalent]]
    outdated: Sequence[Equivalent]

    @property
    def passed(self) -> bool:
        return not self.survivors and not self.outdated


@dataclass(frozen=True)
class Tested:
    """The results of tests, by file and line, and what they cover of the rules they are for."""

    results: Sequence[Result]
    coverage: Coverage
    mutation: Mutation | None = None

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    @property
    def failed(self) -> list[Result]:
        return [result for result in self.results if not result.passed]


def find_test_files(project: Project, paths: Sequence[Path]) -> list[Path]:
    """Test files under `paths`, or under the project's rules when there are none.

    The tests of rule packs that are off are left out; NotReadable when one of them
    is named, or a file of rules.
    """
    places = paths or [project.path(name) for name in project.config.rules]
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            inside = sorted(path for path in place.rglob("*") if is_test_file(path))
            found += [path for path in inside if not _is_off(project, path)]
        elif place.exists() and _is_off(project, place):
            hint = "switch it on with `countries:` in config.yaml"
            raise NotReadable(f"{place} tests a rule pack that is off", hint)
        elif not is_test_file(place) and _as_named(project, place) in project.ruleset.texts:
            if paths:
                hint = f"name the file of its tests: {place.with_suffix('')}.test.yaml"
                raise NotReadable(f"{place} holds rules, not tests", hint)
        elif place.exists() and (paths or is_test_file(place)):
            found.append(place)
        elif paths:
            raise NotReadable(f"there is no file {place}", "check the path")
    return list(dict.fromkeys(found))


def _as_named(project: Project, path: Path) -> str:
    """As rule files are named, wherever they stand."""
    return Path(os.path.relpath(path, project.root)).as_posix()


def _is_off(project: Project, path: Path) -> bool:
    """Whether a test file is of a rule pack that `countries:` does not switch on."""
    file = tested_by(_as_named(project, path))
    return is_pack(path) and file not in {name.rpartition(".")[0] for name in project.ruleset.texts}


def run_tests(
    project: Project, files: Iterable[Path], *, mutate: bool = False, whole: bool = False
) -> Tested:
    """Run every test; RefusedDocuments with every problem when a file can't be understood.

    Coverage and, with `mutate` and if all tests pass, the mutation check look at the rule files
    beside the tests; at all of them if `whole`, or where some test file has none beside it.
    """
    cases, explained = _read(project, files, mutate=mutate)
    if not cases:
        return Tested([], coverage(project.ruleset, []))
    with closing(DuckDBBackend()) as backend:
        unseen = _unseen(project.ruleset)
        zone = project.config.time_zone
        bench = Bench(project.ruleset, cases, project.vocabulary, zone, backend, unseen)
        trial = try_cases(bench)
        results = _results(project, cases, trial.seen)
        every = list(project.ruleset.texts)
        scope = every if whole else _beside(project, {case.file for case in cases})
        covered = coverage(project.ruleset, trial.seen).of_files(scope)
        passed = all(result.passed for result in results)
        found = _mutation(project, trial, scope, explained) if mutate and passed else None
    return Tested(results, covered, found)


def _unseen(ruleset: Ruleset) -> Callable[[Case], frozenset[str]]:
    """The rules that a test does not look at.

    Those of the packs by country have tests of their own; the others say nothing of countries,
    unless they name a rule of a pack.
    """
    packs = frozenset(r.id for r in ruleset.rules if is_pack(PurePath(r.place.file)))

    def unseen(case: Case) -> frozenset[str]:
        expected = [one.expect for one in case.candidates]
        named = {
            name for expect in expected for ids in expect.rule_names().values() for name in ids
        }
        return frozenset() if is_pack(PurePath(case.file)) or named & packs else packs

    return unseen


def _read(
    project: Project, files: Iterable[Path], *, mutate: bool
) -> tuple[list[Case], list[Equivalent]]:
    problems: list[Diagnostic] = []
    texts: dict[str, str] = {}
    cases: list[Case] = []
    explained: list[Equivalent] = []
    for path in files:
        name = _relative(path, project.root)
        texts[name] = read_text(path, "check the path")
        found, wrong = read_cases(
            name, texts[name], project.vocabulary, project.ruleset, project.config.time_zone
        )
        cases += found
        problems += wrong
        explained += read_equivalent(name, texts[name]) if mutate and not wrong else []
    if problems:
        raise RefusedDocuments(problems, texts)
    return sorted(cases, key=lambda c: (c.file, c.line)), explained


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def _beside(project: Project, tests: set[str]) -> list[str]:
    """The rule files that have their tests in these files: `x.yaml` beside `x.test.yaml`."""
    rules = {name.rpartition(".")[0]: name for name in project.ruleset.texts}
    found = [rules.get(tested_by(name)) for name in sorted(tests)]
    beside = [name for name in found if name is not None]
    return beside if len(beside) == len(found) else list(project.ruleset.texts)


def _results(project: Project, cases: Sequence[Case], seen: Sequence[Seen]) -> list[Result]:
    telling = Telling(project.ruleset, project.vocabulary, project.config.time_zone)
    remaining = iter(seen)

    def tried(case: Case, candidate: Candidate) -> Tried:
        shown = next(remaining)
        wrong = tuple(mismatches(project.ruleset, candidate.expect, shown))
        # What the test speaks of comes before whatever else blocks.
        spoken = {name for names in candidate.expect.rule_names().values() for name in names}
        parts = [part for mismatch in wrong for part in mismatch.parts]
        parts.sort(key=lambda part: part not in spoken)
        concerns = telling.concerned(case, candidate, shown, parts) if wrong else []
        return Tried(candidate, wrong, tuple(concerns))

    return [Result(case, tuple(tried(case, one) for one in case.candidates)) for case in cases]


def _mutation(
    project: Project, trial: Trial, scope: Sequence[str], explained: Sequence[Equivalent]
) -> Mutation:
    every = [m for m in mutants(project.ruleset, project.vocabulary) if m.place.file in scope]
    left = survivors(trial, every)
    reasons = {(one.part, one.mutant): one for one in explained}
    told = [(s, reasons.get((s.mutant.part, s.mutant.after))) for s in left]
    used = {id(reason) for _, reason in told}
    ids = {part.part for part in coverage(project.ruleset, trial.seen).of_files(scope).parts}
    return Mutation(
        tried=len(every),
        survivors=[s for s, reason in told if reason is None],
        explained=[(s, reason) for s, reason in told if reason is not None],
        outdated=[one for one in explained if id(one) not in used and one.part in ids],
    )
