"""Tables on terminals of any width."""

from __future__ import annotations

import io

from rich.console import Console

from adapters.cli.show import numbers_table


def test_a_narrow_terminal_cuts_off_no_id_and_no_number() -> None:
    row = ("20260302T083000Z-631c433201d7", "1,000,000", "24,000,001–24,800,000")
    table = numbers_table("Runs", "run", "read", "moments")
    table.add_row(*row)
    out = io.StringIO()
    Console(file=out, width=40).print(table)
    shown = out.getvalue()
    assert "…" not in shown
    assert sum(map(shown.count, "0123456789")) == sum(c.isdigit() for c in "".join(row))
