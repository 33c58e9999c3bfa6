"""Every error is a problem (RFC 9457), and tells nothing of what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from api.problems import MEDIA_TYPE
from tests.api.serving import Served

CANARY = "Канарейкина"
CASES: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/nowhere", {}, 404, "not_found"),
    ("GET", "/v1/dealers/", {}, 404, "not_found"),
    ("GET", f"/v1/dealers/{CANARY}", {}, 404, "not_found"),
    ("DELETE", "/v1/dealers", {}, 405, "method_not_allowed"),
    ("GET", "/v1/dealers?limit=0", {}, 422, "invalid"),
    ("GET", "/v1/dealers?limit=1e9", {}, 422, "invalid"),
    ("GET", f"/v1/dealers?limit={CANARY}", {}, 422, "invalid"),
    ("GET", f"/v1/dealers?{CANARY}=1", {}, 422, "invalid"),
    ("GET", f"/v1/dealers?cursor={CANARY}", {}, 400, "bad_cursor"),
    ("GET", f"/v1/customers/{CANARY}", {}, 422, "invalid"),
    ("GET", "/v1/customers?q=%00", {}, 422, "invalid"),
    ("GET", "/v1/uploads/0", {}, 404, "not_found"),
    ("GET", "/v1/uploads/99999999999999999999", {}, 404, "not_found"),
    ("GET", "/v1/uploads?status=lost", {}, 422, "invalid"),
    ("POST", "/v1/uploads?feed=clients", {"content": b"x"}, 422, "invalid"),
    ("POST", "/v1/customers/match", {"content": b"{"}, 422, "invalid"),
    ("POST", "/v1/customers/match", {"json": {}}, 422, "invalid"),
    ("POST", "/v1/customers/match", {"json": {"full_name": " "}}, 422, "invalid"),
    ("POST", "/v1/customers/match", {"json": {"full_name": CANARY, "dealer": "D001"}}, 422, "invalid"),
    ("POST", "/v1/customers/match", {"json": {"full_name": CANARY, "limit": 10**9}}, 422, "invalid"),
    ("POST", "/v1/customers/match", {"json": {"full_name": "\x00"}}, 422, "invalid"),
    ("POST", "/v1/customers/match", {"content": b'{"full_name": "\\ud800"}'}, 422, "invalid"),
    ("POST", "/v1/customers/match", {"content": b"\xff\xfe"}, 422, "invalid"),
    ("POST", "/v1/customers/match", {"content": b'"' + b"x" * 1_100_000 + b'"'}, 413, "content_too_large"),
]


def test_every_error_is_a_problem(idle: Served) -> None:
    for method, path, options, status, code in CASES:
        headers = {"Content-Type": "application/json"} if "/match" in path else {}
        answer = idle.client("head_office").request(method, path, headers=headers, **options)
        label = f"{method} {path[:60]}"
        assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE), label
        problem = answer.json()
        assert problem["code"] == code, label
        assert problem["status"] == status
        assert problem["type"].endswith(f"/{code}")
        assert problem["title"]
        assert problem["detail"]
        assert CANARY not in str(
            {**problem, "instance": "", "errors": [e["detail"] for e in problem.get("errors", [])]}
        )


def test_a_fault_is_500_without_its_message(
    idle: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(idle.app.state, "database", None)  # any fault of ours
    answer = idle.get("head_office", f"/v1/customers?q={CANARY}")
    assert (answer.status_code, answer.headers["content-type"]) == (500, MEDIA_TYPE)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "NoneType" not in answer.text
    assert "AttributeError" in caplog.text
    assert CANARY not in caplog.text


def test_the_header_allow_names_the_methods(idle: Served) -> None:
    assert idle.client("").request("PUT", "/v1/uploads").headers["allow"]


def test_every_answer_has_the_security_headers(idle: Served) -> None:
    for path in ("/healthz", "/nowhere", "/v1/dealers", "/v1/openapi.json"):
        headers = idle.get("", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"
