"""The accounts by which mentors sign in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "mentor_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("platform_id", sa.String(length=128), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["mentor_id"], ["mentor.id"], name=op.f("fk_mentor_account_mentor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor_account")),
        sa.UniqueConstraint("mentor_id", name=op.f("uq_mentor_account_mentor_id")),
        sa.UniqueConstraint("platform", "platform_id", name=op.f("uq_mentor_account_platform")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("mentor_account")
