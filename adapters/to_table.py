"""The allowed list into the table that config.yaml names, after the run is recorded and released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pac

from adapters.config.load import Project, expand
from adapters.sources.text_list import TextList
from engine.diagnostics import UpfrontError

# The rest is imported by who has such a table: others need not wait for it.
if TYPE_CHECKING:
    from adapters.outputs.table import Target

_BATCH = 50_000


def table_target(project: Project) -> Target | None:
    """The table of `output`, if it names one."""
    output = project.config.output
    if output.sql is None or output.table is None:
        return None
    from adapters.databases.opening import LIMIT
    from adapters.outputs.table import Target

    return Target(expand(output.sql), project.root, output.table, output.timeout or LIMIT)


def holds(target: Target, manifest: Mapping[str, Any]) -> bool:
    """Whether the table holds this run's list already. It may have been worked on since."""
    from adapters.outputs.table import held_run

    return bool(held_run(target) == manifest["run_id"])


def put_in_table(
    target: Target, listed: TextList, allowed: pa.Array, manifest: Mapping[str, Any]
) -> None:
    """The rows with the `allowed` numbers, in the place of what the table held.

    Raises UpfrontError, saying what is where and how to go on.
    """
    from adapters.databases.words import DatabaseTrouble
    from adapters.outputs.table import write_table

    rows = listed.table.filter(pac.is_in(listed.rows, value_set=allowed))
    try:
        write_table(
            target,
            listed.header,
            rows.to_batches(_BATCH),
            run_id=manifest["run_id"],
            as_of=manifest["as_of"],
        )
    except DatabaseTrouble as trouble:
        raise UpfrontError(
            f"the run is recorded and its lists are released, but {target.what} still holds what "
            f"it held before: {trouble}",
            f"the list is whole at {manifest['outputs']['allowed']}; mend it and run the same list "
            f"again with `--as-of {manifest['as_of']}`: then only the table is written",
        ) from None
