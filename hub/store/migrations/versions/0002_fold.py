"""Folding snapshots: carried identities, first-seen times that moved back, indexes for vehicles of customers."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = Path(__file__).parents[2] / "sql" / "0002_fold.sql"


def upgrade() -> None:
    """Run the script as it stands: it has no parameters."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SQL.read_text(encoding="utf-8"))
