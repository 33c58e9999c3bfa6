"""A hub served over real HTTP, for tests: uvicorn in a thread, keys of each role, a client for each key."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import sqlalchemy as sa
import uvicorn

from api.app import create_app
from api.one_write import OneWrite
from hub.flows.gate import Gate, OpenGate
from hub.flows.process_uploads import process_uploads
from hub.settings import Settings
from hub.store.archive import Archive
from hub.store.engine import Database

NORTH = """\
record_no,full_name,phones,emails,birth_date,city,updated_at
1,Иванова Юлия Петровна,8 (916) 123-45-67,y.ivanova@mail.ru,1984-05-17,Москва,2026-10-01
2,Петров Иван Сергеевич,+7 903 765-43-21,,1979-02-11,Тула,2026-10-01
3,ООО «Вектор»,8 495 987-65-43,office@vektor.ru,,Москва,2026-10-01
"""
SOUTH = """\
record_no,full_name,phones,emails,birth_date,city,updated_at
77,Ivanova Yulia Petrovna,+7 916 123 45 67; +7 999 000-11-22,y.ivanova@mail.ru,1984-05-17,Сочи,2026-11-01
78,Сидоров Олег Львович,+7 911 222-11-22,,1990-01-01,Сочи,2026-11-01
"""
CARS = "record_no,vin,plate,brand,customer_no,role,since\n5,XTA21124070445066,A123BC77,Lada,77,owner,2020-01-01\n"
ROLES = ("head_office", "steward", "routing", "auditor", "D001", "D002")
_KEY = sa.text(
    """INSERT INTO api_key (key_id, secret_sha256, role, dealer, created_at, expires_at, revoked_at)
       VALUES (:key_id, :sha256, :role, :dealer, now(), :expires_at, :revoked_at)"""
)


def make_key(db: Database, key_id: str, role: str, **columns: Any) -> str:
    """An API key in the base; returns what the client sends. A role that is no role is a dealer's code."""
    values = {"dealer": None, "expires_at": None, "revoked_at": None, **columns}
    if role.startswith("D0"):
        values["dealer"], role = role, "dealer"
    with db.worker() as conn:
        sha256 = hashlib.sha256(f"secret-of-{key_id}".encode()).hexdigest()
        conn.execute(_KEY, {"key_id": key_id, "sha256": sha256, "role": role, **values})
    return _token(key_id)


def _token(key_id: str) -> str:
    return f"dh_{key_id}_secret-of-{key_id}"


@dataclass
class Served:
    """A running API: its address, its database, and a client for each role and for nobody ("")."""

    url: str
    db: Database
    app: Any
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def client(self, role: str) -> httpx.Client:
        """The client of a role, a dealer (by its code), or nobody ("")."""
        return self.clients[role]

    def get(self, role: str, path: str, **options: Any) -> httpx.Response:
        """GET as ``role``."""
        return self.clients[role].get(path, **options)

    def post(self, role: str, path: str, **options: Any) -> httpx.Response:
        """POST as ``role``."""
        return self.clients[role].post(path, **options)


UNLIMITED = {"rate_each": 0, "rate_fast": 0, "rate_refused": 0, "rate_sign_in": 0}


@contextmanager
def serve(
    settings: Settings, db: Database, open_gate: Callable[[], Gate] = OpenGate, limited: bool = False
) -> Iterator[Served]:
    """Serve the hub of ``settings`` on a free port, with two dealers and a key for each role, if it has none yet.

    Args:
        limited: whether its rate limits hold; without, a test may ask as often as it likes.
    """
    with db.worker() as conn:
        known = conn.scalar(sa.text("SELECT count(*) FROM dealer"))
    if not known:
        _introduce(db)
    app = create_app(settings if limited else replace(settings, **UNLIMITED), open_gate)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, http=OneWrite, log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        _await(lambda: server.started or not thread.is_alive())
        served = Served(f"http://127.0.0.1:{listener.getsockname()[1]}", db, app)
        served.clients[""] = client(served.url)
        for number, role in enumerate(ROLES):
            served.clients[role] = client(served.url, Authorization=f"Bearer {_token(f'key{number}')}")
        try:
            yield served
        finally:
            for one in served.clients.values():
                one.close()
            server.should_exit = True
            thread.join(90)


def _introduce(db: Database) -> None:
    """Two dealers, and a key for each role."""
    with db.worker() as conn:
        conn.execute(
            sa.text(
                "INSERT INTO dealer (code, name, city, brands) VALUES ('D001', 'Север', 'Тверь', '{Lada}'), "
                "('D002', 'Юг', 'Сочи', '{Lada}')"
            )
        )
    for number, role in enumerate(ROLES):
        make_key(db, f"key{number}", role)


def client(url: str, **headers: str) -> httpx.Client:
    """A client of the hub at ``url``. It speaks HTTP alone: to load the certificates of a browser takes 30 ms."""
    return httpx.Client(base_url=url, headers=headers, timeout=120, verify=False)


def _await(done: Any, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "gave up waiting"
        time.sleep(0.02)


def process(served: Served) -> None:
    """Do what the worker would, here and now, with a gate that lets everything pass."""
    archive = Archive(served.app.state.settings.archive_dir)
    summary = process_uploads(served.db, archive, OpenGate())
    assert summary is not None
    assert set(summary.by_status()) == {"accepted"}, summary.verdicts


def people(served: Served) -> None:
    """Two dealers' customers, matched: Ivanova is at both."""
    for dealer, feed, text in (("D001", "customers", NORTH), ("D002", "customers", SOUTH), ("D002", "vehicles", CARS)):
        assert served.post(dealer, f"/v1/uploads?feed={feed}", content=text.encode()).status_code == 202
    process(served)
