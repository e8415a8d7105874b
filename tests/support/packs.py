"""The rule packs by country, for tests: which there are, and projects that have them switched on."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePath

from engine.language.ruleset import Rule
from tests.support.command_line import ROOT

NAMES = {
    "COMMON": "Any country",
    "IT": "Italy",
    "ES": "Spain",
    "ES-CT": "Catalonia",
    "UK": "United Kingdom",
    "FR": "France",
    "DE": "Germany",
    "US": "United States",
    "US-FL": "Florida",
}
ALL = tuple(name for name in NAMES if name != "COMMON")
OFF = "countries: []"


def starter_with(folder: Path, countries: Sequence[str], *, own_rules: bool = True) -> Path:
    """The starter project with these countries switched on, without its data; returns the folder.

    Without `own_rules` the packs are all the rules there are.
    """
    text = (ROOT / "config.yaml").read_text("utf-8")
    assert text.count(OFF) == 1
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(
        text.replace(OFF, f"countries: [{', '.join(countries)}]"), "utf-8"
    )
    parts = "rules" if own_rules else "rules/countries"
    shutil.copytree(ROOT / parts, folder / parts)
    return folder


def pack_of(rule: Rule) -> str | None:
    """The code of the pack that a rule belongs to."""
    file = PurePath(rule.place.file)
    return file.stem.upper() if file.parent.name == "countries" else None
