"""Corrections: which upload mends which, and the numbers of rejected rows."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

SQL = Path(__file__).parents[2] / "sql" / "0014_corrections.sql"


def upgrade() -> None:
    """Run the script as it stands: it has no parameters."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SQL.read_text(encoding="utf-8"))
