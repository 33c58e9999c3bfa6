"""Alembic's entry: runs the migrations in the transaction that `hub.store.migrate` passes."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
context.run_migrations()
