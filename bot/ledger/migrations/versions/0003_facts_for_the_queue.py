"""What mentors' pages read, kept so that they needn't gather it: facts for the queue, versions of vectors, citations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# References that rows are looked for by when what they refer to is removed: without an index, each removal reads the whole table.
REFERENCES = (
    ("passing", "review_id"),
    ("feedback", "answer_id"),
    ("feedback", "learner_id"),
    ("review", "answer_id"),
    ("review", "result_id"),
    ("review", "of_review_id"),
    ("promotion", "answer_id"),
    ("delivery", "answer_id"),
)
# For each table, its column with the question's number, and the events after which the facts are out of date.
NOTED = {
    "question": ("id", ("INSERT", "UPDATE OF status, wants_person")),
    "answer": ("question_id", ("INSERT", "UPDATE OF question_id, status, composer, confidence, checks", "DELETE")),
    "review": ("question_id", ("INSERT", "UPDATE OF question_id, mentor_id, decision, at, undone_at", "DELETE")),
    "feedback": ("question_id", ("INSERT", "UPDATE OF question_id, kind, reason, at", "DELETE")),
}


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "queue_fact",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("is_received", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("mentor_id", sa.Integer(), nullable=True),
        sa.Column("earlier_mentor_id", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_queue_fact_question_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_queue_fact")),
    )
    with op.batch_alter_table("queue_fact", schema=None) as batch_op:
        batch_op.create_index("ix_queue_fact_is_received", ["is_received", "points", "place"], unique=False)
    op.create_table(
        "queue_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_change")),
    )
    op.execute(sa.text("INSERT INTO queue_change (question_id) SELECT id FROM question ORDER BY id"))
    op.create_table(
        "citation",
        sa.Column("slug", sa.String(length=128), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_citation_answer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("slug", "question_id", "answer_id", name=op.f("pk_citation")),
    )
    with op.batch_alter_table("citation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_citation_answer_id"), ["answer_id"], unique=False)
    op.add_column("question", sa.Column("vector_version", sa.Integer(), server_default="0", nullable=False))
    for table, column in REFERENCES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    compared = sa.text("vector IS NOT NULL AND status <> 'asked_back'")
    op.create_index(
        "ix_question_compared", "question", ["id", "vector_version"], unique=False, sqlite_where=compared, postgresql_where=compared
    )
    if op.get_context().dialect.name == "postgresql":
        note_changes_on_postgresql()
        keep_on_postgresql()
    else:
        note_changes_on_sqlite()
        keep_on_sqlite()


def keep_on_sqlite() -> None:
    """Make the triggers that count a vector's versions and enter citations, and enter those of before."""
    op.execute(
        sa.text(
            "CREATE TRIGGER question_vector_version AFTER UPDATE OF vector ON question WHEN OLD.vector IS NOT NULL "
            "BEGIN UPDATE question SET vector_version = OLD.vector_version + 1 WHERE id = NEW.id; END"
        )
    )
    op.execute(
        sa.text(
            "CREATE TRIGGER answer_citation AFTER INSERT ON answer BEGIN INSERT OR IGNORE INTO citation (slug, question_id, answer_id) "
            "SELECT value, NEW.question_id, NEW.id FROM json_each(NEW.cited) WHERE value IS NOT NULL; END"
        )
    )
    op.execute(
        sa.text(
            "INSERT OR IGNORE INTO citation (slug, question_id, answer_id) "
            "SELECT value, answer.question_id, answer.id FROM answer, json_each(answer.cited) WHERE value IS NOT NULL"
        )
    )


def keep_on_postgresql() -> None:
    """Do the same there, where a cited null would be no list."""
    op.execute(
        sa.text(
            "CREATE OR REPLACE FUNCTION question_vector_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF OLD.vector IS NOT NULL THEN NEW.vector_version = OLD.vector_version + 1; END IF; RETURN NEW; END $$"
        )
    )
    op.execute(
        sa.text(
            "CREATE TRIGGER question_vector_version BEFORE UPDATE OF vector ON question "
            "FOR EACH ROW EXECUTE FUNCTION question_vector_version()"
        )
    )
    cited = "CASE json_typeof({0}.cited) WHEN 'array' THEN {0}.cited ELSE '[]' END"
    op.execute(
        sa.text(
            "CREATE OR REPLACE FUNCTION answer_citation() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "INSERT INTO citation (slug, question_id, answer_id) SELECT DISTINCT slug, NEW.question_id, NEW.id "
            f"FROM json_array_elements_text({cited.format('NEW')}) AS slug WHERE slug IS NOT NULL; RETURN NULL; END $$"
        )
    )
    op.execute(sa.text("CREATE TRIGGER answer_citation AFTER INSERT ON answer FOR EACH ROW EXECUTE FUNCTION answer_citation()"))
    op.execute(
        sa.text(
            "INSERT INTO citation (slug, question_id, answer_id) SELECT DISTINCT slug, answer.question_id, answer.id "
            f"FROM answer, json_array_elements_text({cited.format('answer')}) AS slug WHERE slug IS NOT NULL"
        )
    )


def note_changes_on_sqlite() -> None:
    """Make the triggers of SQLite: a statement may be about one event only."""
    for table, (column, events) in NOTED.items():
        for event in events:
            row, name = ("OLD" if event == "DELETE" else "NEW"), f"queue_change_{table}_{event[:6].lower()}"
            # What goes with a question that is removed needs no note.
            still = f"WHEN EXISTS (SELECT 1 FROM question WHERE id = OLD.{column})" if event == "DELETE" else ""
            op.execute(
                sa.text(
                    f"CREATE TRIGGER {name} AFTER {event} ON {table} {still} "
                    f"BEGIN INSERT INTO queue_change (question_id) VALUES ({row}.{column}); END"
                )
            )


def note_changes_on_postgresql() -> None:
    """Make the triggers of PostgreSQL, and the functions that they call."""
    for column in ("id", "question_id"):
        op.execute(
            sa.text(
                f"CREATE OR REPLACE FUNCTION queue_change_by_{column}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF TG_OP <> 'DELETE' THEN INSERT INTO queue_change (question_id) VALUES (NEW.{column}); "
                f"ELSIF EXISTS (SELECT 1 FROM question WHERE id = OLD.{column}) THEN "
                f"INSERT INTO queue_change (question_id) VALUES (OLD.{column}); END IF; RETURN NULL; END $$"
            )
        )
    for table, (column, events) in NOTED.items():
        op.execute(
            sa.text(
                f"CREATE TRIGGER queue_change_{table} AFTER {' OR '.join(events)} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION queue_change_by_{column}()"
            )
        )


def downgrade() -> None:
    """Take it back."""
    is_postgresql = op.get_context().dialect.name == "postgresql"
    on = {"question_vector_version": "question", "answer_citation": "answer"}
    for table, (_, events) in NOTED.items():
        if is_postgresql:
            on[f"queue_change_{table}"] = table
        else:
            on |= {f"queue_change_{table}_{event[:6].lower()}": table for event in events}
    for name, table in on.items():
        op.execute(sa.text(f"DROP TRIGGER {name}" + (f" ON {table}" if is_postgresql else "")))
    if is_postgresql:
        for function in ("queue_change_by_id", "queue_change_by_question_id", "question_vector_version", "answer_citation"):
            op.execute(sa.text(f"DROP FUNCTION {function}()"))
    op.drop_index("ix_question_compared", table_name="question")
    for table, column in REFERENCES:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    op.drop_column("question", "vector_version")
    for name in ("citation", "queue_change", "queue_fact"):
        op.drop_table(name)
