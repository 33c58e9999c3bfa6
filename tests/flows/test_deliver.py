"""Pushing to a real server: signed, tried again, given up, and never into the hub's own network."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import pytest

from hub.access.opaque_ids import Words
from hub.errors import Invalid, NotFound
from hub.flows.answer_lead import Answer, answer_lead
from hub.flows.deliver import Delivered, deliver, retry, set_webhook
from hub.flows.post_webhook import Undeliverable, check_url, post, resolve, sign
from hub.flows.run_clock import run_clock
from hub.store.engine import Database
from tests.flows.routing_world import FRIDAY, add_dealers, after, id_of, rows, send

WORDS = Words.of(b"secret")


@dataclass
class Receiver:
    """A dealer's system: what it was sent, and what it answers."""

    url: str
    status: int = 200
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((dict(self.headers), body))
            self.send_response(receiver.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/leads?site=1")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_each_change_is_pushed_once_and_signed(db: Database, receiver: Receiver) -> None:
    add_dealers(db, "A", "B")
    secret = set_webhook(db, "A", receiver.url, FRIDAY, private=True).secret
    lead = send(db)
    run_clock(db, after(60))
    assert deliver(db, after(60), WORDS, private=True) == Delivered(done=3)
    assert deliver(db, after(61), WORDS, private=True) == Delivered()
    told = receiver.bodies()
    assert [each["kind"] for each in told] == ["lead.offered", "lead.warned", "lead.expired"]
    assert [each["offer"]["status"] for each in told] == ["expired"] * 3  # as it stands when it is sent
    assert {each["offer"]["lead_id"] for each in told} == {str(lead.lead_id)}
    assert all(each["offer"]["person"] is None for each in told)  # it is the dealer's no more
    for headers, body in receiver.got:
        stamp, _, signature = headers["X-Dealerhub-Signature"].removeprefix("t=").partition(",v1=")
        expected = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(signature, expected)
        assert int(stamp) == int(after(60).timestamp())
    assert "B" not in {each["offer"]["dealer"] for each in told}


def test_the_holder_is_told_who_the_customer_is(db: Database, receiver: Receiver) -> None:
    add_dealers(db, "A")
    set_webhook(db, "A", receiver.url, FRIDAY, private=True)
    send(db, phones="8 911 222-33-44")
    deliver(db, after(1), WORDS, private=True)
    assert receiver.bodies()[0]["offer"]["person"]["phones"] == "8 911 222-33-44"


def test_pauses_grow_and_at_last_it_is_given_up(db: Database, receiver: Receiver) -> None:
    add_dealers(db, "A")
    set_webhook(db, "A", receiver.url, FRIDAY, private=True)
    send(db)
    receiver.status = 503
    attempts = [minute for minute in range(3000) if deliver(db, after(minute), WORDS, private=True) != Delivered()]
    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses == [1, 5, 30, 120, 480, 1440]
    assert rows(db, "SELECT status, attempts, problem FROM delivery") == [("dead", 7, "The other side answered 503.")]
    with pytest.raises(NotFound):
        retry(db, after(3000), delivery_id=999)
    receiver.status = 204
    assert retry(db, after(3000), "A") == 1
    assert deliver(db, after(3000), WORDS, private=True) == Delivered(done=1)
    assert retry(db, after(3001)) == 0


def test_one_dealers_broken_server_keeps_no_other_waiting(db: Database, receiver: Receiver) -> None:
    add_dealers(db, "A", "B")
    set_webhook(db, "A", "http://127.0.0.1:1/", FRIDAY, private=True)
    set_webhook(db, "B", receiver.url, FRIDAY, private=True)
    send(db, 1)
    send(db, 2)
    run_clock(db, after(60))  # each dealer has several things to be told
    told = dict(rows(db, "SELECT dealer, count(*) FROM delivery GROUP BY dealer"))
    assert min(told.values()) > 1
    assert deliver(db, after(60), WORDS, private=True) == Delivered(done=told["B"], waiting=1)  # one try a round


def test_redirects_are_not_followed(db: Database, receiver: Receiver) -> None:
    receiver.status = 307
    with pytest.raises(Undeliverable, match="answered 307"):
        post(receiver.url, b"{}", {}, private=True)
    assert len(receiver.got) == 1


def test_nothing_is_pushed_without_a_webhook(db: Database) -> None:
    add_dealers(db, "A")
    lead = send(db)
    answer_lead(db, Answer(id_of(lead), "A", "accepted", "api:test", after(1)))
    assert rows(db, "SELECT count(*) FROM delivery") == [(0,)]


REFUSED = [
    "http://crm.example/leads",
    "ftp://crm.example/",
    "https:///x",
    "https://user:pass@crm.example/",
    "https://crm.example:0/",
    "https://crm.example:99999/",
    "https://[::1",
    "https://crm.example/#x",
]


@pytest.mark.parametrize("url", REFUSED)
def test_addresses_that_are_refused(untouched: Database, url: str) -> None:
    with pytest.raises(Undeliverable):
        check_url(url, private=False)
    with pytest.raises(Invalid):
        set_webhook(untouched, "A", url, FRIDAY)


PRIVATE = [
    "127.0.0.1", "localhost", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
    "fe80::1", "fd00::1", "::ffff:127.0.0.1", "2130706433", "0x7f000001", "224.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused_however_they_are_written(host: str) -> None:
    with pytest.raises(Undeliverable):
        resolve(host, 443, private=False)


def test_a_public_address_is_allowed() -> None:
    assert resolve("93.184.215.14", 443, private=False) == "93.184.215.14"


def test_signing_binds_time_and_body() -> None:
    assert sign("s", 1, b"a") != sign("s", 2, b"a") != sign("s", 2, b"b")
