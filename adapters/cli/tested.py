"""Results of tests, coverage and surviving changes: for people, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from adapters.rule_tests import Mutation, Result, Tested, Tried
from engine.screening.coverage import Coverage, Covered
from engine.screening.mutation import Survivor

_MOST_MISSING = 12
_MOST_CONCERNS = 3


def show(tested: Tested, untested: Sequence[str], out: Console, *, full: bool) -> None:
    """Everything in words; `full` shows every outcome, not only those that are missing."""
    if not len(tested):
        out.print("there are no tests: write them beside the rules, in files *.test.yaml")
        return
    for result in tested.failed:
        case = result.case
        at = f"{case.file}:{case.line}: "
        _line(out, Text.assemble(at, ("failed: ", "bold red"), case.name))
        for line in failure_lines(result):
            _line(out, Text(line))
    if untested:
        _line(out, Text(f"no test names: {', '.join(untested)}", style="yellow"))
    _coverage(tested.coverage, out, full=full)
    if tested.mutation is not None:
        _mutation(tested.mutation, out)
    failed = len(tested.failed)
    style = "bold red" if failed else "bold green"
    _line(out, Text(f"{len(tested) - failed} passed, {failed} failed", style=style))


def failure_lines(result: Result) -> list[str]:
    """What a test expected and what was found, and then fact by fact why."""
    alike: dict[object, list[Tried]] = {}
    for one in result.tried:
        if one.mismatches:
            alike.setdefault((one.candidate.line, one.mismatches, str(one.concerns)), []).append(
                one
            )
    return [line for group in alike.values() for line in _tried(group[0], len(group) - 1)]


def _tried(one: Tried, others: int) -> Iterator[str]:
    indent = "  "
    if one.candidate.name:
        more = f", and {others} more like it" if others else ""
        yield f"  {one.candidate.name} (line {one.candidate.line}{more})"
        indent = "    "
    for m in one.mismatches:
        yield f"{indent}{m.what}: expected {_spoken(m.expected)}, found {_spoken(m.found)}"
    for concern in one.concerns[:_MOST_CONCERNS]:
        yield f"{indent}{concern.part} ({concern.at}): {concern.said}"
        width = max((len(became) for became, _ in concern.lines), default=0)
        for became, text in concern.lines:
            yield f"{indent}  {became:<{width}}  {text}"
        for name, value in concern.facts:
            yield f"{indent}  {name} is {value}"
    if len(one.concerns) > _MOST_CONCERNS:
        yield f"{indent}… and {len(one.concerns) - _MOST_CONCERNS} more, with --json"


def _spoken(value: str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) if value else "nothing"
    return value


def _coverage(coverage: Coverage, out: Console, *, full: bool) -> None:
    missing = coverage.total - coverage.covered
    told = f"coverage: {coverage.percent:g} % of {coverage.total} outcomes"
    style = "green"
    if missing:
        told += f"; {missing} that no test shows:"
        style = "yellow"
    _line(out, Text(told, style=style))
    for part in coverage.parts if full else coverage.missing[:_MOST_MISSING]:
        shown = [
            Text(
                f"{outcome} {times}" if times else f"never {outcome}", style="" if times else "red"
            )
            for outcome, times in part.shown.items()
            if full or not times
        ]
        at = f"  {part.place.at}: {_called(part)}: "
        _line(out, Text.assemble(at, Text(", ").join(shown)))
    more = len(coverage.missing) - _MOST_MISSING
    if more > 0 and not full:
        out.print(f"  … and {more} more, with --coverage", style="dim")


def _called(part: Covered) -> str:
    return f"{part.part}, {part.text}" if part.text else part.part


def _mutation(mutation: Mutation, out: Console) -> None:
    for survivor in mutation.survivors:
        place = survivor.mutant.place
        at = f"{place.at}: "
        title = ("no test notices: ", "bold red")
        _line(out, Text.assemble(at, title, survivor.mutant.part))
        for line in survivor_lines(survivor):
            _line(out, Text(line))
    for survivor, reason in mutation.explained:
        place, mutant = survivor.mutant.place, survivor.mutant
        at = f"{place.at}: "
        told = f"{mutant.part}: {mutant.after}: {reason.because}"
        _line(out, Text.assemble(at, ("changes nothing: ", "dim"), told))
    for one in mutation.outdated:
        title = ("outdated: ", "bold red")
        told = f"no change of {one.part} that survives is called `{one.mutant}`"
        _line(out, Text.assemble(f"{one.file}:{one.line}: ", title, told))
    noticed = mutation.tried - len(mutation.survivors) - len(mutation.explained)
    told = f"{mutation.tried} small changes of the rules: {noticed} noticed by a test"
    if mutation.explained:
        told += f", {len(mutation.explained)} explained"
    told += f", {len(mutation.survivors)} not noticed"
    _line(out, Text(told, style="green" if mutation.passed else "red"))


def survivor_lines(survivor: Survivor) -> list[str]:
    """What was changed into what, and which test would notice."""
    mutant, hint = survivor.mutant, survivor.mutant.hint
    if survivor.seen_by is not None:
        at = f"{survivor.seen_by.file}:{survivor.seen_by.line}"
        hint = f"the test at {at} shows a difference and expects nothing of it; or {hint}"
    before = [f"    {mutant.before}"] if mutant.before else []
    return [*before, f"  → {mutant.after}", f"  = hint: {hint}"]


def _line(out: Console, text: Text) -> None:
    out.print(text, soft_wrap=True)


def data(tested: Tested, untested: Sequence[str]) -> dict[str, Any]:
    """The same for machines."""
    failed = len(tested.failed)
    found: dict[str, Any] = {
        "passed": len(tested) - failed,
        "failed": failed,
        "untested": list(untested),
        "tests": [_result(result) for result in tested],
        "coverage": {
            "percent": tested.coverage.percent,
            "covered": tested.coverage.covered,
            "total": tested.coverage.total,
            "parts": [_covered(part) for part in tested.coverage.parts],
        },
    }
    if tested.mutation is not None:
        found["mutation"] = _mutation_data(tested.mutation)
    return found


def _result(result: Result) -> dict[str, Any]:
    case = result.case
    return {
        "file": case.file,
        "line": case.line,
        "name": case.name,
        "passed": result.passed,
        "mismatches": [
            {
                "candidate": one.candidate.name,
                "line": one.candidate.line,
                "what": m.what,
                "expected": m.expected,
                "found": m.found,
            }
            for one in result.tried
            for m in one.mismatches
        ],
        "concerned": [
            {
                "candidate": one.candidate.name,
                "part": concern.part,
                "at": concern.at,
                "said": concern.said,
                "conditions": [{"text": t, "said": became} for became, t in concern.lines],
                "facts": dict(concern.facts),
            }
            for one in result.tried
            for concern in one.concerns
        ],
    }


def _covered(part: Covered) -> dict[str, Any]:
    return {
        "part": part.part,
        "kind": part.kind,
        "file": part.place.file,
        "line": part.place.line,
        **({"condition": part.text} if part.text else {}),
        "shown": dict(part.shown),
        "missing": list(part.missing),
    }


def _mutation_data(mutation: Mutation) -> dict[str, Any]:
    def changed(survivor: Survivor) -> dict[str, Any]:
        mutant, case = survivor.mutant, survivor.seen_by
        return {
            "rule": mutant.part,
            "file": mutant.place.file,
            "line": mutant.place.line,
            "before": mutant.before,
            "mutant": mutant.after,
            "hint": mutant.hint,
            "seen_by": None if case is None else f"{case.file}:{case.line}",
        }

    return {
        "tried": mutation.tried,
        "survivors": [changed(survivor) for survivor in mutation.survivors],
        "explained": [
            {**changed(survivor), "because": one.because} for survivor, one in mutation.explained
        ],
        "outdated": [
            {"file": one.file, "line": one.line, "rule": one.part, "mutant": one.mutant}
            for one in mutation.outdated
        ],
    }
