"""The body that a member of staff works for, where it is not the town itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("staff_member", sa.Column("organisation", sa.String(100)))


def downgrade() -> None:
    op.drop_column("staff_member", "organisation")
