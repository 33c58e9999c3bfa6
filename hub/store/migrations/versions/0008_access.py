"""People who sign in, their sessions, and the append-only log of what was read and changed."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

SQL = Path(__file__).parents[2] / "sql" / "0008_access.sql"


def upgrade() -> None:
    """Run the script as it stands: it has no parameters."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SQL.read_text(encoding="utf-8"))
