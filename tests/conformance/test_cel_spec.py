"""google/cel-spec's own tests (Apache-2.0), run from a checkout that CEL_SPEC names.

    git clone https://github.com/google/cel-spec
    CEL_SPEC=cel-spec make test ARGS="-k cel_spec"

What this language accepts must be worth in columns, and by the oracle, what the test says. The
counts stand in docs/conditions.md.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.backends.duckdb import DuckDBBackend
from engine.diagnostics import Diagnostic, Place
from engine.language.condition import parse_condition
from engine.language.expression import Expression
from engine.language.vocabulary import Vocabulary
from engine.screening.columns import Compiler
from engine.screening.facts import microseconds
from tests.oracle.condition import value
from tests.support.cel_spec import SpecCase, spec_cases
from tests.support.columns import facts_table

PAGE = Path(__file__).parents[2] / "docs" / "conditions.md"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
# There is no infinity and no NaN in this language: such a result is unknown.
UNKNOWN_HERE = {
    "comparisons/eq_literal/not_eq_double_nan",
    "comparisons/ne_literal/ne_double_nan",
    "comparisons/ne_literal/not_ne_double_nan",
    "fp_math/fp_math/divide_zero",
    "fp_math/fp_math/fp_overflow_negative",
    "fp_math/fp_math/fp_overflow_positive",
}


@pytest.fixture(scope="module")
def cases() -> list[SpecCase]:
    checkout = os.environ.get("CEL_SPEC")
    if not checkout:
        pytest.skip("CEL_SPEC names no checkout of google/cel-spec")
    return list(spec_cases(Path(checkout)))


def tree_of(case: SpecCase) -> Expression | None:
    """The checked tree, None where the case is refused."""
    if not case.plain:
        return None
    found = parse_condition(case.text, Place(case.file), Vocabulary([]), None)
    return None if isinstance(found, Diagnostic) else found.tree


def in_columns(trees: list[Expression]) -> list[Any]:
    backend = DuckDBBackend()
    try:
        table = backend.load("facts", facts_table({}, [{}]))
        compiler = Compiler(table, backend.dialect, microseconds(NOW), microseconds(NOW))
        columns = {str(n): compiler.value(tree) for n, tree in enumerate(trees)}
        (row,) = backend.rows(table.select(**columns))
        return list(row.values())
    finally:
        backend.close()


def is_expected(found: Any, expected: tuple[str, Any]) -> bool:
    match expected:
        case ("error", _):
            return found is None
        case ("bool_value", text):
            return found is (text == "true")
        case ("int64_value", text):
            return type(found) is int and found == int(text, 0)
        case ("double_value", text):
            return isinstance(found, float) and found == float(text)
        case ("string_value", text):
            return isinstance(found, str) and found == text
        case ("list_value", elements):
            values = [v[0] for _, v in elements]
            return len(found) == len(values) and all(map(is_expected, found, values))
    return False


def test_what_cel_spec_tests_is_so_in_columns_and_by_the_oracle(cases: list[SpecCase]) -> None:
    accepted = [(case, tree) for case in cases if (tree := tree_of(case)) is not None]
    columns = in_columns([tree for _, tree in accepted])
    oracle = [value(case.text, {}, NOW, NOW) for case, _ in accepted]
    for answers in (columns, oracle):
        found = list(zip((case for case, _ in accepted), answers, strict=True))
        other = {
            case.id: answer for case, answer in found if not is_expected(answer, case.expected)
        }
        assert other == dict.fromkeys(UNKNOWN_HERE)
    for case, _ in accepted:
        if case.id in UNKNOWN_HERE:
            kind, text = case.expected
            assert kind == "bool_value" or not math.isfinite(float(text))


def test_the_page_tells_how_many_of_them_apply(cases: list[SpecCase]) -> None:
    every, run, errors = Counter[str](), Counter[str](), Counter[str]()
    for case in cases:
        every[case.file] += 1
        if tree_of(case) is not None:
            run[case.file] += 1
        elif case.expected[0] == "error" and case.plain:
            errors[case.file] += 1
    table = PAGE.read_text("utf-8").split("<!-- cel-spec -->", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:5]] for line in table.splitlines()[3:]]
    told = {file.strip("`"): tuple(map(int, numbers)) for file, *numbers in rows}
    total = told.pop("all the others")
    others = [file for file in every if not run[file]]
    assert told == {file: (every[file], run[file], errors[file]) for file in sorted(run)}
    assert total == (sum(every[f] for f in others), 0, sum(errors[f] for f in others))
