"""What each source of a run was: how many rows, how old, or why it could not be used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("sources", sa.Text(), nullable=True))
