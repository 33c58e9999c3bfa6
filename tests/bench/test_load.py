"""The load generator counts what it is answered, and enquiries are drawn the same each time."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.bench.enquiries import enquiries
from hub.bench.load import drive


class _Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"candidates":[]}' if self.path == "/empty" else b'{"candidates":[{"score":' + b"1" * 200_000 + b"}]}"
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield ("127.0.0.1", server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


def _request(path: str) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}".encode()


def test_answers_are_read_whole_and_counted(address: tuple[str, int]) -> None:
    load = drive(address, [_request("/empty"), _request("/full"), _request("/missing")], connections=3, seconds=0.3)
    answers = len(load.latencies)
    assert answers >= 3
    assert abs(load.empty - answers / 3) <= 2
    assert abs(load.failed - answers / 3) <= 2
    assert 0 < load.quantile(0.5) <= load.quantile(0.99)
    assert load.rate == pytest.approx(answers / load.seconds)


def test_enquiries_are_drawn_from_the_files(tmp_path: Path) -> None:
    heading = "record_no,kind,last_name,first_name,company_name,phones,city\n"
    for dealer in ("D001", "D002"):
        (tmp_path / dealer).mkdir()
        rows = "".join(f"{n},person,Петров{n},Иван,,+7916{n:07},Москва\n" for n in range(50))
        (tmp_path / dealer / "customers_2026-11-20.csv").write_text(heading + rows, encoding="utf-8")
    asked = enquiries(tmp_path, 60)
    assert asked == enquiries(tmp_path, 60) != enquiries(tmp_path, 60, seed=2)
    assert len(asked) == 60
    assert all(set(one) <= {"kind", "full_name", "last_name", "first_name", "phones", "city"} for one in asked)
    assert sum("full_name" in one for one in asked) < 20  # strangers
    assert any("phones" not in one for one in asked)
