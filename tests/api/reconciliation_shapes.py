"""The answers of the Reconciliation Service API 0.2 as JSON schemas, written for these tests after the specification's text.

The specification's own schemas (reconciliation-api/specs, folder 0.2/schemas) come without a licence to copy them; the hub's
answers were checked with those, too. These here are stricter: what the hub never sends is an error.
"""

from __future__ import annotations

from typing import Any


def _object(required: str, **optional: Any) -> dict[str, Any]:
    """An object with text fields that must be there, and others by their schema; no further ones."""
    fields = {name: {"type": "string"} for name in required.split()}
    return {
        "type": "object",
        "properties": {**fields, **optional},
        "required": list(fields),
        "additionalProperties": False,
    }


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT = {"type": "string"}
NAMED = _object("id name")
_SERVICE = _object("service_url service_path")

MANIFEST = _object(
    "name identifierSpace schemaSpace documentation",
    versions={"const": ["0.2"]},
    view=_object("", url={"type": "string", "pattern": r"\{\{id\}\}"}),
    defaultTypes=_list(NAMED),
    suggest=_object("", entity=_SERVICE, property=_SERVICE, type=_SERVICE),
    preview=_object(
        "", url={"type": "string", "pattern": r"\{\{id\}\}"}, width={"type": "integer"}, height={"type": "integer"}
    ),
    extend=_object("", propose_properties=_SERVICE, property_settings=_list({})),
)
MANIFEST["required"] = sorted(MANIFEST["properties"])

CANDIDATE = _object(
    "id name description",
    score={"type": "number", "minimum": 0, "maximum": 100},
    match={"type": "boolean"},
    type=_list(NAMED),
    features=_list({**_object("id", value={"type": "number"}), "required": ["id", "value"]}),
)
CANDIDATE["required"] = sorted(CANDIDATE["properties"])
RESULT = {**_object("", result=_list(CANDIDATE)), "required": ["result"]}
RESULTS = {"type": "object", "additionalProperties": RESULT}

ENTITIES = {**_object("", result=_list(_object("id name description", notable=_list(NAMED)))), "required": ["result"]}
NAMES = {**_object("", result=_list(NAMED)), "required": ["result"]}
PROPOSAL = {**_object("", properties=_list(NAMED), limit={"type": "integer"}, type=TEXT), "required": ["properties"]}

_DATE = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}
_CELL = {"oneOf": [_object("str"), {**_object("", date=_DATE), "required": ["date"]},
                   {**_object("", int={"type": "integer"}), "required": ["int"]}]}  # fmt: skip
EXTENSION = {
    **_object(
        "",
        meta=_list(NAMED),
        rows={"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _list(_CELL)}},
    ),
    "required": ["meta", "rows"],
}
