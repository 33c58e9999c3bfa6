"""The spine: ledger, source records, party records, golden records, rights."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).parents[2] / "sql" / "0001_spine.sql"


def upgrade() -> None:
    """Create everything; then let the owner become the two roles (a real server's user needs the grant)."""
    run_script(SQL.read_text(encoding="utf-8"))
    run_script(GRANT)


# Without INHERIT: else the roles' row policies would open all rows to the owner.
GRANT = """
DO $$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT hub_worker, hub_api TO %I', current_user)
            || CASE WHEN current_setting('server_version_num')::int >= 160000
                    THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;  -- an administrator made the roles, and granted them
END $$;
"""


def run_script(sql: str) -> None:
    """Execute a script of several statements as it stands: colons and percent signs mean nothing."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(sql)
