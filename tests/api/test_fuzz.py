"""Whatever is sent to whichever route: an answer, never a fault; and every error is a problem."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.problems import MEDIA_TYPE
from tests.api.serving import Served

ROLES = st.sampled_from(["head_office", "D001", "steward", "routing", ""])
ODD = st.sampled_from(["", "0", "-1", "1e9", "NaN", "null", "true", "' OR 1=1 --", "\x00", "�", "٣", "2026-02-30",
                       "00000000-0000-0000-0000-000000000000", "%", "..", "D001", "customers", "9" * 30, "ё" * 300])  # fmt: skip
WORDS = ODD | st.text(max_size=30) | st.integers().map(str)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def _requests(method: str, path: str, operation: dict[str, Any]) -> st.SearchStrategy[tuple[str, bytes, str]]:
    """URLs and bodies for one operation: its own parameters with odd values, and some that it does not know."""
    parameters = operation.get("parameters", [])
    slots = {p["name"]: WORDS.map(lambda value: quote(value, safe="")) for p in parameters if p["in"] == "path"}
    names = [p["name"] for p in parameters if p["in"] == "query"]
    query = st.dictionaries(st.sampled_from([*names, "typo"]), WORDS, max_size=4)
    urls = st.tuples(st.fixed_dictionaries(slots), query).map(
        lambda parts: path.format(**parts[0]) + "?" + "&".join(f"{k}={quote(v)}" for k, v in parts[1].items())
    )
    if method == "get":
        return st.tuples(urls, st.just(b""), st.just("application/json"))
    schema = next(iter(operation.get("requestBody", {"content": {"": {}}})["content"]))
    fields = ["full_name", "phones", "birth_date", "gender", "opted_out", "limit", "kind", "reason", "typo"]
    bodies = (st.dictionaries(st.sampled_from(fields), JSON, max_size=5) | JSON).map(lambda v: json.dumps(v).encode())
    kinds = st.sampled_from(
        [schema or "application/json", "application/json", "text/plain", "multipart/form-data; boundary=x"]
    )
    return st.tuples(urls, bodies | st.binary(max_size=50), kinds)


def test_no_request_is_a_fault(idle: Served) -> None:
    # `_try` asserts, for each of many requests
    document = idle.get("", "/v1/openapi.json").json()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _try(idle, method, path, operation)


def _try(idle: Served, method: str, path: str, operation: dict[str, Any]) -> None:
    @settings(max_examples=40, suppress_health_check=list(HealthCheck), database=None)
    @given(ROLES, _requests(method, path, operation))
    def run(role: str, request: tuple[str, bytes, str]) -> None:
        url, content, kind = request
        options = {"content": content, "headers": {"Content-Type": kind}} if method != "get" else {}
        answer = idle.client(role).request(method, url, **options)
        assert answer.status_code < 500, (method, url, content)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == MEDIA_TYPE
            assert answer.json()["status"] == answer.status_code
            documented = operation["responses"].keys() | {"404", "405"}  # an empty path segment is another address
            assert str(answer.status_code) in documented, (method, url)

    run()
