"""What is kept between processes is only ever a saving: without it everything works as before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PARSE = (
    "import adapters.startup as s; s.keep_grammar(); "
    "from celpy.celparser import CELParser; print(CELParser().parse('1 + 2 == 3').data)"
)


def python(code: str, cache: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr == ""
    return run.stdout.strip()


def test_the_grammar_is_made_once_and_then_read(tmp_path: Path) -> None:
    assert python(PARSE, tmp_path) == "expr"
    (kept,) = (tmp_path / "upfront").iterdir()
    made = kept.stat().st_mtime_ns
    assert python(PARSE, tmp_path) == "expr"
    assert kept.stat().st_mtime_ns == made


def test_what_is_damaged_is_made_anew(tmp_path: Path) -> None:
    python(PARSE, tmp_path)
    (kept,) = (tmp_path / "upfront").iterdir()
    whole = kept.read_bytes()
    damaged = b"nothing\n" + whole[100:]
    kept.write_bytes(damaged)
    assert python(PARSE, tmp_path) == "expr"
    assert kept.read_bytes() != damaged


def test_a_folder_that_others_may_write_to_is_not_trusted(tmp_path: Path) -> None:
    folder = tmp_path / "upfront"
    folder.mkdir()
    folder.chmod(0o777)
    assert python(PARSE, tmp_path) == "expr"
    assert not list(folder.iterdir())


def test_without_a_folder_to_write_to_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "upfront").write_text("a file where the folder would be")
    assert python(PARSE, tmp_path) == "expr"


@pytest.mark.parametrize("code", ["pa.array([1, None]).null_count", "pa.array(['a']).type"])
def test_arrow_makes_its_arrays_without_pandas(code: str, tmp_path: Path) -> None:
    first = "import sys, pyarrow as pa, adapters.startup as s; s.without_pandas(); "
    assert python(f"{first}print({code}, 'pandas' in sys.modules)", tmp_path).endswith("False")


def test_pandas_itself_can_still_be_imported(tmp_path: Path) -> None:
    code = "import adapters.startup as s; s.without_pandas(); import pandas; print(pandas.__name__)"
    assert python(code, tmp_path) == "pandas"


QUICKLY = "import sys, adapters.startup as s; s.module_of('adapters.cli.run'); "


def test_modules_of_wholesale_packages_are_imported_alone(tmp_path: Path) -> None:
    others = ["celpy.evaluation", "ibis.backends.sql.compilers.bigquery"]
    wanted = ["celpy.celparser", "ibis.backends.sql.compilers.duckdb"]
    code = f"{QUICKLY}print(*(name in sys.modules for name in {[*others, *wanted]}))"
    assert python(code, tmp_path) == "False False True True"


@pytest.mark.slow
def test_a_wholesale_package_still_has_all_that_is_in_it(tmp_path: Path) -> None:
    code = (
        f"{QUICKLY}from ibis.backends.sql.compilers import BigQueryCompiler as b; "
        "import celpy, ibis.backends.sql.compilers as c; "
        "print(b.__name__, c.TrinoCompiler.__name__, celpy.Environment.__name__, hasattr(celpy, 'x'))"
    )
    assert python(code, tmp_path) == "BigQueryCompiler TrinoCompiler Environment False"


@pytest.mark.slow
def test_garbage_is_collected_once_a_command_was_imported(tmp_path: Path) -> None:
    code = f"{QUICKLY}import gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
    assert python(code, tmp_path) == "True True"


@pytest.mark.slow
def test_garbage_does_not_pile_up_in_a_command(tmp_path: Path) -> None:
    code = (
        f"{QUICKLY}import weakref\n"
        "class Ring: pass\n"
        "def ring():\n"
        "    ring = Ring(); ring.ring = ring; return weakref.ref(ring)\n"
        "print(sum(made() is not None for made in [ring() for _ in range(300_000)]) < 150_000)"
    )
    assert python(code, tmp_path) == "True"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "libraries"),
    [
        ("run", "alembic asyncio holidays pandas phonenumbers rich.progress sqlalchemy tkinter"),
        ("test", "adapters.listing cryptography sqlalchemy"),
        (
            "validate",
            "celpy.evaluation duckdb holidays ibis numpy pendulum pyarrow rich sqlalchemy",
        ),
    ],
)
def test_a_command_begins_without_what_it_may_not_need(
    command: str, libraries: str, tmp_path: Path
) -> None:
    code = f"import sys, adapters.startup as s; s.module_of('adapters.cli.{command}')"
    loaded = f"print(*(name for name in {libraries.split()} if name in sys.modules))"
    assert python(f"{code}; {loaded}", tmp_path) == ""
