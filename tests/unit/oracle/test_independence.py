from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
OURS = ("engine", "adapters")


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_no_file_of_the_oracle_or_its_strategies_names_the_engine() -> None:
    files = [
        *(ROOT / "tests" / "oracle").rglob("*.py"),
        *(ROOT / "tests" / "support").glob("strategies*.py"),
    ]
    assert len(files) > 10
    for file in files:
        roots = {name.split(".")[0] for name in imported(file)}
        assert not roots & {*OURS, "celpy", "lark", "ibis", "duckdb", "durable"}, file


def test_loading_the_oracle_loads_nothing_of_the_engine() -> None:
    code = "import sys, tests.oracle.screen; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "yaml" in run.stdout.split()
    assert not set(run.stdout.split()) & {*OURS, "celpy", "lark", "ibis", "duckdb", "durable"}
