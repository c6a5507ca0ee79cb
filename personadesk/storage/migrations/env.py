"""What Alembic runs: the revisions, on the connection that storage/upgrade.py hands over, in one transaction."""

from alembic import context


def run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        # SQLite can roll DDL back; Alembic believes it can't unless it is told.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
