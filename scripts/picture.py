#!/usr/bin/env python
"""Draws the summary of a run, as people see it on a terminal, as docs/images/summary.svg.

    .venv/bin/python scripts/picture.py out/RUN_ID/run.json docs/images/summary.svg

The picture loads nothing from anywhere: the fonts rich would fetch are left out, and the reader's
own monospaced font is used.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

from rich.console import Console

from adapters.cli.show import summary

_WIDTH = 100
_FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def picture(manifest: Path) -> str:
    """The summary of the run whose run.json is `manifest`, as SVG."""
    console = Console(
        record=True,
        width=_WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    summary(json.loads(manifest.read_text(encoding="utf-8")), console)
    drawn = console.export_svg(title="upfront run samples/call-list.csv.gz", unique_id="upfront")
    return _FONT_FACES.sub("", drawn).replace("Fira Code", "DejaVu Sans Mono, Menlo")


if __name__ == "__main__":
    manifest, target = sys.argv[1:]
    Path(target).write_text(picture(Path(manifest)), encoding="utf-8")
