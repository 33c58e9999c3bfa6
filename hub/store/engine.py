"""The doors to the database: one context manager, one connection, one transaction.

Three roles: `owner` migrates (and, since row security is forced, sees no rows), `worker` runs the flows and sees all
rows, by policies and, where the server lets us say so, by BYPASSRLS as well; `api` serves requests and sees the slice
of the caller. None of them but `owner` owns anything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from typing import Any, Self, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy import URL, Connection, Engine, event, make_url

from hub.settings import Settings
from hub.store.embedded import API, OWNER, WORKER, EmbeddedServer
from hub.store.questions import Question, ask, done

_SLICE = sa.text(
    "SELECT set_config('hub.role', :role, true), set_config('hub.dealer', :dealer, true), "
    "set_config('hub.key', :key, true)"
)
# `hub.store.wire` keeps the plans that are worth it; the driver, which would keep some as well, drops all of them now and then
_PLANS = {"prepare_threshold": None}


class Database:
    """Engines for the three roles, made when first used. Safe to share among threads; close it when done.

    Args:
        url_owner, url_worker, url_api: SQLAlchemy URLs, one for each role.
        server: the embedded server behind them, if any; it is started again when it is found dead.
    """

    def __init__(self, url_owner: str, url_worker: str, url_api: str, server: EmbeddedServer | None = None) -> None:
        self.url_owner, self.url_worker, self.url_api = url_owner, url_worker, url_api
        self.server = server
        self._engines: dict[str, Engine] = {}
        self._lock = threading.Lock()
        self._note: Callable[[Connection], None] | None = None

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The database of this deployment. Starts the embedded server if no URL is set; migrates nothing."""
        if settings.database_url:
            url = settings.database_url
            api = settings.api_database_url
            return cls(psycopg_url(url), as_role(url, WORKER), psycopg_url(api) if api else as_role(url, API))
        server = EmbeddedServer(settings.home)
        server.start()
        owner, worker, api = (psycopg_url(server.url(role)) for role in (OWNER, WORKER, API))
        return cls(owner, worker, api, server)

    def owner(self) -> AbstractContextManager[Connection]:
        """A transaction as the schema's owner, for migrations."""
        return self._transaction(self.url_owner)

    @contextmanager
    def worker(self) -> Iterator[Connection]:
        """A transaction of a flow: all rows, no right to change the schema."""
        with self._transaction(self.url_worker) as connection:
            yield connection
            if self._note is not None:
                self._note(connection)

    def noting(self, note: Callable[[Connection], None]) -> Self:
        """The same doors and connections; ``note`` is called at the end of each of ``worker``'s transactions, inside it."""
        other = copy(self)
        other._note = note
        return other

    @contextmanager
    def api(self, role: str | None = None, dealer: str | None = None, key: str | None = None) -> Iterator[Connection]:
        """A transaction on behalf of a caller.

        Args:
            role: the caller's role (``head_office``, ``dealer`` …); None sees nothing.
            dealer: code of the caller's dealer, for role ``dealer``.
            key: public part of an API key, to look up that credential alone.
        """
        with self._transaction(self.url_api) as connection:
            ask(connection, Question(_SLICE, {"role": role or "", "dealer": dealer or "", "key": key or ""}, done))
            yield connection

    def line(self) -> psycopg.Connection[Any]:
        """A connection with the rights of a caller who is nobody yet, for one thread that keeps it and closes it.

        It commits by itself, and a crash of the server may cost what it wrote in the last second. Its plans are made once, and
        by the indexes, whatever the tables hold when they are made: what is asked on it is asked a thousand times a second.
        """
        pooled = self._engine(self.url_api).raw_connection()
        connection = cast("psycopg.Connection[Any]", pooled.driver_connection)
        pooled.detach()
        connection.autocommit = True
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET synchronous_commit = off")  # it writes nothing but rows of the audit log
        return connection

    def close(self) -> None:
        """Close all pooled connections."""
        with self._lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self, url: str) -> Iterator[Connection]:
        with self._engine(url).begin() as connection:
            yield connection

    def _engine(self, url: str) -> Engine:
        with self._lock:
            if url not in self._engines:
                engine = sa.create_engine(
                    url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True, connect_args=_PLANS
                )
                if self.server is not None:
                    event.listen(engine, "do_connect", self._connect)
                self._engines[url] = engine
            return self._engines[url]

    def _connect(self, _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        """Connect to the embedded server; if it died since, start it again."""
        try:
            return psycopg.connect(*arguments, **options)
        except psycopg.OperationalError:
            assert self.server is not None
            self.server.start()
            return psycopg.connect(*arguments, **options)


def psycopg_url(url: str | URL, *options: str) -> str:
    """The URL for psycopg 3, whatever spelling (``postgres://``, ``postgresql://``) it has.

    Its sessions run in UTC, with further server settings ``name=value`` as given, and keep options that the URL has.
    """
    text = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    scheme, _, rest = text.partition("://")
    parsed = make_url(f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else text)
    had = parsed.query.get("options", "")
    words = [had] if isinstance(had, str) else list(had)
    words += [f"-c {option}" for option in ("timezone=UTC", *options)]
    parsed = parsed.update_query_dict({"options": " ".join(filter(None, words))})
    return parsed.render_as_string(hide_password=False)


def as_role(url: str, role: str) -> str:
    """The URL whose connections act as ``role`` from the first statement on."""
    return psycopg_url(url, f"role={role}")
