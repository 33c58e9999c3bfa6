"""The spine: ledger, source records, party records, golden records, rights."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).parents[2] / "sql" / "0001_spine.sql"


def upgrade() -> None:
    """Create everything; then let the owner act as the two roles (a real server's user needs the grant)."""
    run_script(SQL.read_text(encoding="utf-8"))
    run_script("""
        DO $$
        BEGIN
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                EXECUTE format('GRANT hub_worker, hub_api TO %I', current_user);
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN NULL;  -- roles made by an administrator: he grants them
        END $$;
    """)


def run_script(sql: str) -> None:
    """Execute a script of several statements as it stands: no parameters, so colons and percent signs mean nothing."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(sql)
