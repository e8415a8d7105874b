"""Results of tests as JUnit XML, which continuous integration reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from xml.etree import ElementTree as ET

from adapters.cli.tested import failure_lines, survivor_lines
from adapters.rule_tests import Mutation, Result, Tested
from engine.screening.mutation import Survivor

# What XML 1.0 can't hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(tested: Tested) -> str:
    """One suite per file, and one for the mutation check if it was made."""
    suites = [
        _suite(file, list(results))
        for file, results in groupby(tested, key=lambda result: result.case.file)
    ]
    if tested.mutation is not None:
        suites.append(_mutation(tested.mutation))
    root = ET.Element("testsuites", {"name": "upfront", **_counts(suites)})
    for suite in suites:
        root.append(suite)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text.decode() + "\n"


def _suite(file: str, results: Iterable[Result]) -> ET.Element:
    cases = []
    for result in results:
        case = _case(file, result.case.name, file, result.case.line)
        if not result.passed:
            lines = failure_lines(result)
            _fail(case, "expectation", lines[0], lines)
        cases.append(case)
    return _of(file, cases)


def _mutation(mutation: Mutation) -> ET.Element:
    cases = []
    for survivor in mutation.survivors:
        cases.append(_changed(survivor))
        lines = survivor_lines(survivor)
        _fail(cases[-1], "survivor", "no test notices this change", lines)
    cases += [_changed(survivor) for survivor, _ in mutation.explained]
    for one in mutation.outdated:
        case = _case("mutation check", f"{one.part}: {one.mutant}", one.file, one.line)
        message = "no change that survives is called so any more"
        _fail(case, "outdated", message, [message])
        cases.append(case)
    return _of("mutation check", cases)


def _changed(survivor: Survivor) -> ET.Element:
    mutant = survivor.mutant
    name = f"{mutant.part}: {mutant.after}"
    return _case("mutation check", name, mutant.place.file, mutant.place.line)


def _case(suite: str, name: str, file: str, line: int) -> ET.Element:
    told = {"classname": suite, "name": name, "file": file, "line": str(line)}
    return ET.Element("testcase", {key: _clean(value) for key, value in told.items()})


def _fail(case: ET.Element, kind: str, message: str, lines: Iterable[str]) -> None:
    failure = ET.SubElement(case, "failure", type=kind, message=_clean(message.strip()))
    failure.text = _clean("\n".join(lines))


def _of(name: str, cases: list[ET.Element]) -> ET.Element:
    failed = sum(case.find("failure") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failed), "errors": "0", "skipped": "0"}
    suite = ET.Element("testsuite", {"name": _clean(name), **counts})
    suite.extend(cases)
    return suite


def _counts(suites: Iterable[ET.Element]) -> dict[str, str]:
    keys = ("tests", "failures", "errors")
    return {key: str(sum(int(suite.get(key, "0")) for suite in suites)) for key in keys}


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
