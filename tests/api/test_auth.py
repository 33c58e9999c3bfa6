"""Who may call what: keys, roles, and that nothing about a key is remembered."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.api.serving import ROLES, Served, make_key

UUID = "00000000-0000-0000-0000-000000000000"
NOW = datetime.now(UTC)

READING = ("head_office", "steward", "auditor", "D001", "D002")

# route → the answer to each role that is let in; all others get 403
MATRIX = {
    "GET /v1/dealers": dict.fromkeys(("head_office", "steward", "auditor", "D001", "D002"), 200),
    "GET /v1/dealers/D001": {"head_office": 200, "steward": 200, "auditor": 200, "D001": 200, "D002": 404},
    "GET /v1/uploads": dict.fromkeys(("head_office", "steward", "auditor", "D001", "D002"), 200),
    "GET /v1/uploads/1": dict.fromkeys(("head_office", "steward", "auditor", "D001", "D002"), 404),
    "GET /v1/uploads/1/issues": dict.fromkeys(("head_office", "steward", "auditor", "D001", "D002"), 404),
    "GET /v1/uploads/1/rejects": dict.fromkeys(("head_office", "steward", "auditor", "D001", "D002"), 404),
    "POST /v1/uploads?feed=sales": {"head_office": 422, "D001": 422, "D002": 422},  # no bytes
    "POST /v1/uploads/1/release": dict.fromkeys(("head_office", "steward"), 404),
    "POST /v1/uploads/1/reject": dict.fromkeys(("head_office", "steward"), 404),
    "GET /v1/customers?q=x": dict.fromkeys(("head_office", "steward", "auditor", "D001", "D002"), 200),
    f"GET /v1/customers/{UUID}": dict.fromkeys(("head_office", "steward", "auditor", "D001", "D002"), 404),
    "POST /v1/customers/match": dict.fromkeys(ROLES, 422),  # no body
    "POST /v1/customers/match/batch": dict.fromkeys(ROLES, 422),
    "GET /v1/reconcile": dict.fromkeys(READING, 200),
    "POST /v1/reconcile": dict.fromkeys(READING, 200),
    "GET /v1/reconcile/suggest/entity?prefix=a": dict.fromkeys(READING, 200),
    "GET /v1/reconcile/properties": dict.fromkeys(READING, 200),
    f"GET /v1/reconcile/preview?id={UUID}": dict.fromkeys(READING, 404),
    f"GET /v1/explain/pair?a={UUID}&b={UUID}": dict.fromkeys(READING, 404),
    f"GET /v1/explain/pair.svg?a={UUID}&b={UUID}": dict.fromkeys(READING, 404),
    f"GET /v1/explain/customer/{UUID}": dict.fromkeys(READING, 404),
    "GET /v1/leads/fairness?since=2026-11-01": dict.fromkeys(("head_office", "auditor"), 200),
    "POST /v1/leads/reassign": {"head_office": 422},
    "GET /v1/leads/webhook": dict.fromkeys(("D001", "D002"), 404),
    "PUT /v1/leads/webhook": dict.fromkeys(("D001", "D002"), 422),
    "DELETE /v1/leads/webhook": dict.fromkeys(("D001", "D002"), 404),
    "GET /v1/leads/deliveries": dict.fromkeys(("head_office", "D001", "D002"), 200),
    "POST /v1/leads/deliveries/d0123456789abcdef/retry": dict.fromkeys(("head_office", "D001", "D002"), 404),
    "POST /v1/contacts/permission": dict.fromkeys(ROLES, 422),  # no body
    "POST /v1/contacts": dict.fromkeys(("head_office", "routing", "D001", "D002"), 422),
    f"POST /v1/contacts/reservations/{UUID}/confirm": dict.fromkeys(("head_office", "routing", "D001", "D002"), 404),
    f"POST /v1/contacts/reservations/{UUID}/release": dict.fromkeys(("head_office", "routing", "D001", "D002"), 404),
    "GET /v1/contacts/policy": dict.fromkeys(("head_office", "steward", "routing", "auditor"), 200),
    "POST /v1/consents": dict.fromkeys(("head_office", "D001", "D002"), 422),
    f"GET /v1/consents/{UUID}": dict.fromkeys(READING, 404),
    "POST /v1/leads": dict.fromkeys(("head_office", "routing"), 422),  # no body
    "GET /v1/leads": dict.fromkeys(ROLES, 200),
    f"GET /v1/leads/{UUID}": dict.fromkeys(ROLES, 404),
    f"GET /v1/leads/{UUID}/adf": dict.fromkeys(("head_office", "D001", "D002"), 404),
    f"POST /v1/leads/{UUID}/accept": dict.fromkeys(("D001", "D002"), 404),
    f"POST /v1/leads/{UUID}/decline": dict.fromkeys(("D001", "D002"), 404),
    f"POST /v1/leads/{UUID}/contacted": dict.fromkeys(("D001", "D002"), 404),
    f"POST /v1/leads/{UUID}/outcome": dict.fromkeys(("D001", "D002"), 422),  # no body
    f"POST /v1/leads/{UUID}/assign": {"head_office": 422},
    f"GET /v1/customers/{UUID}/claims": dict.fromkeys(READING, 404),
    f"GET /v1/customers/{UUID}/timeline": dict.fromkeys(READING, 404),
    f"POST /v1/customers/{UUID}/choice": dict.fromkeys(("head_office", "steward"), 422),  # no body
    f"POST /v1/customers/{UUID}/allocation": {"head_office": 422},
    f"POST /v1/claims/{UUID}/appeals": dict.fromkeys(("D001", "D002"), 422),
    "GET /v1/appeals": dict.fromkeys(("head_office", "D001", "D002"), 200),
    "POST /v1/appeals/1/answer": {"head_office": 422},
    "GET /v1/portfolio?dealer=D001": {"head_office": 200, "D001": 200},
    "GET /v1/do-not-approach?dealer=D001": {"head_office": 200, "D001": 200},
    "GET /v1/conflicts": dict.fromkeys(("head_office", "steward", "auditor"), 200),
    "GET /v1/conflicts/abuse?since=2026-11-01T00:00:00Z": dict.fromkeys(("head_office", "steward", "auditor"), 200),
    f"GET /v1/conflicts/{UUID}": dict.fromkeys(("head_office", "steward", "auditor"), 404),
    f"POST /v1/conflicts/{UUID}/rulings": {"head_office": 422},
    "GET /v1/policies": dict.fromkeys(READING, 200),
    "POST /v1/policies": {"head_office": 422},
    "POST /v1/policies/simulations": {"head_office": 422},
    "GET /v1/reviews": dict.fromkeys(("head_office", "steward"), 200),
    "GET /v1/reviews/counts": dict.fromkeys(("head_office", "steward"), 200),
    "GET /v1/decisions": dict.fromkeys(("head_office", "steward"), 200),
    "POST /v1/decisions": dict.fromkeys(("head_office", "steward"), 422),  # no body
    "GET /v1/decisions/1": dict.fromkeys(("head_office", "steward"), 404),
    "DELETE /v1/decisions/1": dict.fromkeys(("head_office", "steward"), 404),
    "GET /v1/pins": dict.fromkeys(("head_office", "steward"), 200),
    "POST /v1/pins": dict.fromkeys(("head_office", "steward"), 422),
    "GET /v1/pins/1": dict.fromkeys(("head_office", "steward"), 404),
    "DELETE /v1/pins/1": dict.fromkeys(("head_office", "steward"), 404),
}


def test_each_role_on_each_route(idle: Served) -> None:
    got, expected = {}, {}
    for route, allowed in MATRIX.items():
        method, path = route.split(" ")
        for role in ROLES:
            got[route, role] = idle.client(role).request(method, path).status_code
            expected[route, role] = allowed.get(role, 403)
        got[route, "nobody"] = idle.client("").request(method, path).status_code
        expected[route, "nobody"] = 401
    assert got == expected


def test_the_matrix_holds_every_route(idle: Served) -> None:
    document = idle.get("", "/v1/openapi.json").json()
    operation = {"/healthz", "/readyz", "/metrics"}
    routes = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item if path not in operation
    }
    tried = {tuple(route.partition("?")[0].split(" ")) for route in MATRIX}
    names = {
        "{upload_id}": "1",
        "{decision_id}": "1",
        "{pin_id}": "1",
        "{code}": "D001",
        "{golden_id}": UUID,
        "{lead_id}": UUID,
        "{reservation_id}": UUID,
        "{delivery_id}": "d0123456789abcdef",
        "{kind}": "entity",
        "{claim_id}": UUID,
        "{conflict_id}": UUID,
        "{appeal_id}": "1",
    }
    for name, value in names.items():
        routes = {(method, path.replace(name, value)) for method, path in routes}
    assert routes == tried


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Basic ZGg6eA=="},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer dh_key0"},
        {"Authorization": "Bearer dh_key0_"},
        {"Authorization": "Bearer dh_key0_wrong"},
        {"Authorization": "Bearer dh_nobody_secret-of-key0"},
        {"Authorization": "Bearer xx_key0_secret-of-key0"},
        {"Authorization": "Bearer dh_'or'1_x"},
        {"Authorization": "Bearer dh_key0_" + "s" * 5000},
        {"X-API-Key": "dh_key0_wrong"},
        {"X-API-Key": ""},
    ],
)
def test_a_wrong_key_is_401_and_says_how(shared: Served, header: dict[str, str]) -> None:
    answer = shared.get("", "/v1/dealers", headers=header)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthenticated"


def test_both_headers_carry_a_key(idle: Served) -> None:
    token = make_key(idle.db, "both", "auditor")
    for header in ({"Authorization": f"Bearer {token}"}, {"authorization": f"bearer {token}"}, {"X-API-Key": token}):
        assert idle.get("", "/v1/dealers", headers=header).status_code == 200


def test_expired_and_revoked_keys(idle: Served) -> None:
    cases = {
        "expired": {"expires_at": NOW - timedelta(seconds=1)},
        "valid": {"expires_at": NOW + timedelta(days=1)},
        "revoked": {"revoked_at": NOW},
    }
    got = {}
    for name, columns in cases.items():
        token = make_key(idle.db, name, "head_office", **columns)
        got[name] = idle.get("", "/v1/dealers", headers={"X-API-Key": token}).status_code
    assert got == {"expired": 401, "valid": 200, "revoked": 401}


def test_the_request_after_revocation_is_refused(idle: Served) -> None:
    assert idle.get("D001", "/v1/uploads").status_code == 200
    with idle.db.worker() as conn:
        conn.execute(sa.text("UPDATE api_key SET revoked_at = now() WHERE dealer = 'D001'"))
    assert idle.get("D001", "/v1/uploads").status_code == 401
    assert idle.get("D002", "/v1/uploads").status_code == 200


def test_a_changed_role_acts_at_once(idle: Served) -> None:
    assert idle.get("steward", "/v1/reviews").status_code == 200
    with idle.db.worker() as conn:
        conn.execute(sa.text("UPDATE api_key SET role = 'auditor' WHERE role = 'steward'"))
    assert idle.get("steward", "/v1/reviews").status_code == 403


def test_who_is_unknown_does_not_learn_what_would_be_valid(idle: Served) -> None:
    for path in ("/v1/dealers?limit=0", "/v1/dealers?typo=1", "/v1/uploads/X", "/v1/customers"):
        assert idle.get("", path).status_code == 401
        assert idle.get("head_office", path).status_code == 422
    assert idle.get("routing", "/v1/dealers?limit=0").status_code == 403
    for content in (b"{", b"\x80", b"[]"):
        options = {"content": content, "headers": {"Content-Type": "application/json"}}
        assert idle.post("", "/v1/customers/match", **options).status_code == 401
        assert idle.post("routing", "/v1/customers/match", **options).status_code == 422


def test_no_log_line_holds_a_key_or_a_query(idle: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    idle.get("head_office", "/v1/customers?q=Иванова")
    idle.get("head_office", f"/v1/customers/{UUID}")
    ours = [
        record.getMessage() for record in caplog.records if record.name.startswith(("dealerhub", "uvicorn", "fastapi"))
    ]
    assert any("/v1/customers/{golden_id} 404" in line for line in ours)
    for secret in ("Иванова", "%D0%98", "secret-of"):
        assert not [line for line in ours if secret in line]
