"""The mentors' loop: what was found and asked for, states passed, feedback, mentors, claims, reviews, promotions, deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    widen_what_is_there()
    make_what_mentors_and_learners_say()
    make_what_comes_of_it()
    # Answers of before have only ever been in the state that they're in.
    op.execute(sa.text("INSERT INTO passing (answer_id, state, at) SELECT id, state, created_at FROM answer ORDER BY id"))


def widen_what_is_there() -> None:
    """Add the new columns of questions and answers."""
    # Without a batch, since SQLite adds columns in place too: a batch would copy the table for the sake of the default.
    op.add_column("question", sa.Column("wants_person", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("question", sa.Column("vector", sa.LargeBinary(), nullable=True))
    op.add_column("answer", sa.Column("prompt", sa.String(length=64), nullable=True))
    op.add_column("answer", sa.Column("examples", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("answer", sa.Column("evidence", sa.JSON(), server_default="[]", nullable=False))


def make_what_mentors_and_learners_say() -> None:
    """Make the tables of mentors, their claims and reviews, and learners' feedback."""
    op.create_table(
        "mentor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor")),
        sa.UniqueConstraint("name", name=op.f("uq_mentor_name")),
    )
    op.create_table(
        "claim",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mentor_id"], ["mentor.id"], name=op.f("fk_claim_mentor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_claim_question_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_claim")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("learner_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_feedback_answer_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_feedback_learner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_feedback_question_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("question_id", "learner_id", "kind", name=op.f("uq_feedback_question_id")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_question_id"), ["question_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("of_review_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_review_answer_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["mentor_id"], ["mentor.id"], name=op.f("fk_review_mentor_id")),
        sa.ForeignKeyConstraint(["of_review_id"], ["review.id"], name=op.f("fk_review_of_review_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_review_question_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["result_id"], ["answer.id"], name=op.f("fk_review_result_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_mentor_id"), ["mentor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_question_id"), ["question_id"], unique=False)


def make_what_comes_of_it() -> None:
    """Make the tables of states passed, promotions and deliveries."""
    op.create_table(
        "passing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_passing_answer_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_passing_review_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passing")),
    )
    with op.batch_alter_table("passing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passing_answer_id"), ["answer_id"], unique=False)

    op.create_table(
        "promotion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("diff", sa.Text(), nullable=False),
        sa.Column("impact", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("commit", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_promotion_answer_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["mentor_id"], ["mentor.id"], name=op.f("fk_promotion_mentor_id")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_promotion_question_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    with op.batch_alter_table("promotion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promotion_question_id"), ["question_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_promotion_slug"), ["slug"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="owed", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_as", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_delivery_answer_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_delivery_question_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_delivery_review_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_question_id"), ["question_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_review_id"), ["review_id"], unique=False)
        batch_op.create_index("ix_delivery_state_due_at", ["state", "due_at"], unique=False)


def downgrade() -> None:
    """Take it back."""
    for table in ("delivery", "promotion", "passing", "review", "feedback", "claim", "mentor"):
        op.drop_table(table)
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_column("evidence")
        batch_op.drop_column("examples")
        batch_op.drop_column("prompt")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_column("vector")
        batch_op.drop_column("wants_person")
