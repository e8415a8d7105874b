"""Lists in every form, from being read to being released, as the batch and its dialer see them."""

from __future__ import annotations

import csv
import json
from contextlib import chdir
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from click.testing import CliRunner

from adapters.cli.main import main
from tests.support.command_line import AS_OF, upfront
from tests.support.small_project import ALLOWED, CONFIG, LIST

LINES = LIST.splitlines()
CHOSEN = [line for line in LINES if line.split(",")[0] in ("lead", *ALLOWED)]


def ran(folder: Path, *arguments: str) -> dict[str, Any]:
    said = upfront(folder, "run", *arguments, "--as-of", AS_OF, "--json")
    assert said.code == 0, said.err
    manifest: dict[str, Any] = said.data()
    assert manifest["counts"]["allowed"] == len(ALLOWED)
    return manifest


def test_what_is_piped_in_is_released_in_the_dress_it_came_in(small: Path) -> None:
    given = "\ufeff" + LIST.replace(",", ";").replace("\n", "\r\n")
    arguments = ["run", "-", "--as-of", AS_OF, "--json"]
    with chdir(small):
        result = CliRunner().invoke(main, arguments, input=given.encode("utf-16-le"))
    assert result.exit_code == 0, result.stderr
    manifest = json.loads(result.stdout)
    assert manifest["list"] == "standard input"
    assert manifest["list_read_as"][:3] == ["semicolons", "UTF-16", "Windows line ends"]
    allowed = (small / manifest["outputs"]["allowed"]).read_bytes()
    expected = "\ufeff" + "".join(line.replace(",", ";") + "\r\n" for line in CHOSEN)
    assert allowed == expected.encode("utf-16-le")


def test_a_comparison_may_read_what_is_piped_in_twice(small: Path) -> None:
    (small / "other.yaml").write_text(CONFIG.replace("max_age: 4h", "max_age: 5h"), "utf-8")
    arguments = ["compare", "-", "--to", "other.yaml", "--as-of", AS_OF]
    with chdir(small):
        result = CliRunner().invoke(main, arguments, input=LIST.encode())
    assert result.exit_code == 0, result.stderr


def test_json_lines_are_released_line_by_line_and_a_bad_line_says_why(small: Path) -> None:
    rows = [json.dumps(row, separators=(" , ", " : ")) for row in csv.DictReader(LINES)]
    bad = '{"lead": "L9", "customer": {"id": "C9"}}'
    (small / "list.jsonl").write_text("\n".join([*rows, bad]), "utf-8")
    outputs = ran(small, "list.jsonl")["outputs"]
    assert outputs["allowed"].endswith("allowed.jsonl")
    chosen = [row for row in rows if json.loads(row)["lead"] in ALLOWED]
    assert (small / outputs["allowed"]).read_text("utf-8") == "".join(f"{r}\n" for r in chosen)
    blocked = list(csv.DictReader((small / outputs["blocked"]).read_text("utf-8").splitlines()))
    assert [(b["cause"], b["reason"]) for b in blocked if b["candidate_id"] == "row 9"] == [
        ("invalid", "The value of `customer` is an object")
    ]


def test_a_list_without_a_header_is_released_as_parquet_where_config_says_so(small: Path) -> None:
    names = LINES[0].replace(",", ", ")
    config = CONFIG.replace("  id: lead\n", f"  id: lead\n  header: [{names}]\n")
    (small / "config.yaml").write_text(config + "output: {format: parquet}\n", "utf-8")
    (small / "list.csv").write_text("\n".join(LINES[1:]), "utf-8")
    manifest = ran(small, "list.csv")
    assert "no header" in manifest["list_read_as"]
    allowed = pq.read_table(small / manifest["outputs"]["allowed"])
    assert [",".join(row.values()) for row in allowed.to_pylist()] == CHOSEN[1:]
    assert allowed.column_names == LINES[0].split(",")
    blocked = pq.read_table(small / manifest["outputs"]["blocked"])
    assert blocked.num_rows == len(LINES) - len(CHOSEN)


def test_what_the_list_was_read_as_is_said(small: Path) -> None:
    said = upfront(small, "plan", "list.csv", "--as-of", AS_OF)
    assert "list read as: commas, UTF-8, Unix line ends" in said.out
