"""What the steward's workbench keeps: who is at which case, and comments."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

SQL = Path(__file__).parents[2] / "sql" / "0009_workbench.sql"


def upgrade() -> None:
    """Run the script as it stands: it has no parameters."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SQL.read_text(encoding="utf-8"))
