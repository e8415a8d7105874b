"""`python -m adapters.cli` is `upfront`."""

from __future__ import annotations

from adapters.cli.main import run

run()
