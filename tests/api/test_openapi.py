"""The OpenAPI document is a contract: it changes on purpose. `python tests/api/test_openapi.py` accepts a change."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from api.app import create_app
from api.schemas.uploads import FeedName
from hub.feeds import CUSTOMERS, FEEDS
from hub.settings import Settings
from tests.api.serving import Served

SNAPSHOT = Path(__file__).with_name("openapi.json")


def document() -> dict[str, Any]:
    """The document of an application that is never started."""
    with tempfile.TemporaryDirectory() as home:
        found: dict[str, Any] = create_app(
            Settings(home=Path(home), database_url="postgresql://nowhere/none")
        ).openapi()
    return found


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def test_the_document_is_the_accepted_one() -> None:
    assert _text(document()) == SNAPSHOT.read_text(encoding="utf-8")


def test_every_operation_is_described_and_protected() -> None:
    found = document()
    for path, item in found["paths"].items():
        for method, operation in item.items():
            label = f"{method} {path}"
            assert operation["summary"], label
            assert operation["description"], label
            assert operation["tags"], label
            if path.startswith("/v1/"):
                assert operation["security"] == [{"bearer": []}, {"key": []}], label
                assert {"401", "403", "422"} <= operation["responses"].keys(), label
            assert not [
                r for s, r in operation["responses"].items() if s == "422" and "application/json" in r["content"]
            ]


def test_every_body_refuses_what_it_does_not_know() -> None:
    found = document()
    schemas, seen, lax = found["components"]["schemas"], set(), []

    def look(schema: Any, place: str) -> None:
        if isinstance(schema, list):
            for one in schema:
                look(one, place)
        elif isinstance(schema, dict):
            name = schema.get("$ref", "").rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                look(schemas[name], name)
            if "properties" in schema and schema.get("additionalProperties") is not False:
                lax.append(place)
            for value in schema.values():
                look(value, place)

    for path, item in found["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            look(content.get("application/json", {}).get("schema"), f"{method} {path}")
    assert lax == []
    assert len(seen) > 15


def test_every_reference_resolves() -> None:
    found = document()
    schemas = found["components"]["schemas"]

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [ref for value in node.values() for ref in references(value)]
        return [ref for value in node for ref in references(value)] if isinstance(node, list) else []

    names = {ref.removeprefix("#/components/schemas/") for ref in references(found)}
    assert names <= schemas.keys()


def test_the_lists_of_feeds_and_columns_are_those_of_the_hub() -> None:
    assert [feed.value for feed in FeedName] == list(FEEDS)
    assert list(document()["components"]["schemas"]["Partial"]["properties"]) == [*CUSTOMERS.names, "limit"]


def test_the_page_for_people_holds_every_operation_and_calls_nobody(idle: Served) -> None:
    answer = idle.get("", "/docs")
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert "http" not in answer.text
    for path, item in document()["paths"].items():
        for method in item:
            assert f"{method.upper()} {path}</code>" in answer.text


if __name__ == "__main__":
    SNAPSHOT.write_text(_text(document()), encoding="utf-8")
