"""Records found by their number through a hash."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"

SQL = Path(__file__).parents[2] / "sql" / "0017_direct.sql"


def upgrade() -> None:
    """Run the script as it stands: it has no parameters."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SQL.read_text(encoding="utf-8"))
