"""Migrations: from nothing, again, and by several at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import process_time

import pytest
import sqlalchemy as sa

from hub.feeds import FEEDS
from hub.store.engine import Database
from hub.store.migrate import current, head, migrate


def test_from_nothing_to_head_and_then_nothing_to_do(empty_db: Database) -> None:
    assert current(empty_db) is None
    assert migrate(empty_db)
    assert current(empty_db) == head()
    started = process_time()
    assert not migrate(empty_db)
    assert process_time() - started < 0.5


def test_several_at_once(empty_db: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: migrate(empty_db), range(4)))
    assert sorted(done) == [False, False, False, True]
    assert current(empty_db) == head()


def test_a_failed_migration_leaves_nothing(empty_db: Database) -> None:
    with empty_db.owner() as connection:
        connection.execute(sa.text("CREATE TABLE golden ()"))  # in the way
    with pytest.raises(Exception, match="golden"):
        migrate(empty_db)
    with empty_db.owner() as connection:
        assert connection.scalar(sa.text("SELECT to_regclass('dealer')")) is None


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_a_feeds_table_has_its_columns(untouched: Database, feed: object) -> None:
    name, wanted = feed.name, set(feed.names)  # type: ignore[attr-defined]
    with untouched.owner() as connection:
        for table in (name, f"{name}_history"):
            columns = {column["name"] for column in sa.inspect(connection).get_columns(table)}
            assert wanted <= columns
