"""What Alembic runs: migrates the connection it is handed, in the transaction already open on it."""

from __future__ import annotations

from alembic import context

from adapters.ledger.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
