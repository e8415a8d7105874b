"""On whose clocks the days of the country packs begin."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa

from adapters.computing import computed
from adapters.config.load import load_project
from tests.support.command_line import write
from tests.support.packs import starter_with


def test_days_in_catalonia_begin_on_its_own_clocks(tmp_path: Path) -> None:
    folder = starter_with(tmp_path, ["ES-CT"], own_rules=False)
    text = (folder / "config.yaml").read_text("utf-8")
    abroad = text.replace("time_zone: Europe/Rome", "time_zone: Asia/Manila")
    assert abroad != text
    write(folder, {"config.yaml": abroad})
    project = load_project(folder / "config.yaml")
    _, settings = project.config.sources["holiday_es_ct"].read.computed or ("", None)
    assert settings is not None
    # The Diada at 20:00; in Manila it is over.
    evening = datetime.fromisoformat("2026-09-11T20:00:00+02:00").timestamp()
    keys = pa.table({"day": [int(evening) * 1_000_000], "zone": pa.nulls(1, pa.string())})
    found = computed(project, settings, ["holiday"])(keys)
    assert found.table["holiday"].to_pylist() == ["true"]
