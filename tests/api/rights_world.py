"""A served hub in which two dealers have one of everything, and how each route of the API is called with it.

``CALLS`` is the table of how each route of the API is called with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from hub.flows.deliver import set_webhook
from tests.api.serving import Served, people, process

DEALERS = ("D001", "D002")
NOW = datetime.now(UTC)
_LEADS = "record_no,customer_no,full_name,phones,emails,brand,new_or_used,created_at,status\n"
_CALLS = "record_no,lead_no,channel,direction,at,outcome\n"
_IVANOVA = "Иванова Юлия Петровна,+7 916 123 45 67,y.ivanova@mail.ru,Lada,new"
NOBODY = "00000000-0000-4000-8000-000000000000"
JSON = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """How a route is called: ``<golden_id>`` and the like, here or in its address, stand for an object of that kind.

    Attributes:
        place: which of the owner's objects, where the first one is needed for something else.
    """

    params: JSON = field(default_factory=dict)
    json: Any = None
    data: JSON | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    place: int = 0


def party(kind: str) -> JSON:
    return {"golden_id": kind}


PERSON = {"full_name": "<name>", "phones": "<phone>"}
LEADERS = (("Зимина Анна Павловна", "Котов Лев Маркович"), ("Лосева Вера Юрьевна", "Рябов Егор Ильич"))
ANY = {"If-Match": "*"}
REASON = "the customer asked for it"
CALLS: dict[str, Call] = {
    "GET /v1/dealers": Call(),
    "GET /v1/dealers/<code>": Call(),
    "GET /v1/uploads": Call(params={"dealer": "<code>"}),
    "POST /v1/uploads": Call(
        params={"feed": "customers", "dealer": "<own>"}, content=b"record_no,full_name\n90,Ivan\n"
    ),
    "GET /v1/uploads/<upload_id>": Call(),
    "GET /v1/uploads/<upload_id>/rejects": Call(),
    "GET /v1/uploads/<upload_id>/issues": Call(),
    "POST /v1/uploads/<upload_id>/release": Call(json={"reason": REASON}),
    "POST /v1/uploads/<upload_id>/reject": Call(json={"reason": REASON}, place=1),
    "GET /v1/customers": Call(params={"q": "<name>"}),
    "GET /v1/customers/<golden_id>": Call(),
    "GET /v1/customers/<golden_id>/claims": Call(),
    "GET /v1/customers/<golden_id>/timeline": Call(),
    "POST /v1/customers/<golden_id>/choice": Call(json={"dealer": "D001", "evidence": "call 17"}),
    "POST /v1/customers/<golden_id>/allocation": Call(
        json={"dealer": "D001", "brand": "lada", "purpose": "new", "reason": REASON}
    ),
    "POST /v1/customers/match": Call(json=PERSON),
    "POST /v1/customers/match/batch": Call(json={"persons": [PERSON]}),
    "GET /v1/reconcile": Call(params={"query": "<name>"}),
    "POST /v1/reconcile": Call(data={"queries": '{"q0": {"query": "<name>"}}'}),
    "GET /v1/reconcile/suggest/<kind>": Call(params={"prefix": "<name>"}),
    "GET /v1/reconcile/properties": Call(),
    "GET /v1/reconcile/preview": Call(params={"id": "<golden_id>"}),
    "GET /v1/explain/pair": Call(params={"a": "<golden_id>", "b": "<own_golden_id>"}),
    "GET /v1/explain/pair.svg": Call(params={"a": "<own_golden_id>", "b": "<golden_id>"}),
    "GET /v1/explain/customer/<golden_id>": Call(),
    "POST /v1/contacts/permission": Call(
        json={"purpose": "test_drive", "channel": "email", "parties": [party("<golden_id>")], "reserve": {"minutes": 5}}
    ),
    "POST /v1/contacts": Call(
        json={
            "contacts": [
                {"party": party("<golden_id>"), "purpose": "test_drive", "channel": "email", "at": NOW.isoformat()}
            ]
        }
    ),
    "POST /v1/contacts/reservations/<reservation_id>/confirm": Call(),
    "POST /v1/contacts/reservations/<reservation_id>/release": Call(place=1),
    "GET /v1/contacts/policy": Call(),
    "POST /v1/consents": Call(
        json={
            "party": party("<golden_id>"),
            "purpose": "marketing",
            "status": "granted",
            "controller": "dealer",
            "dealer": "<own>",
        }
    ),
    "GET /v1/consents/<golden_id>": Call(),
    "GET /v1/leads": Call(),
    "POST /v1/leads": Call(json={"full_name": "Орлова Инна Игоревна", "phones": "+7 926 700-00-01", "brand": "Lada"}),
    "GET /v1/leads/<lead_id>": Call(),
    "GET /v1/leads/<lead_id>/adf": Call(),
    "POST /v1/leads/<lead_id>/accept": Call(),
    "POST /v1/leads/<lead_id>/contacted": Call(json={"channel": "call"}),
    "POST /v1/leads/<lead_id>/outcome": Call(json={"status": "lost", "reason": "no car"}),
    "POST /v1/leads/<lead_id>/decline": Call(json={"reason": "no car"}, place=-1),
    "POST /v1/leads/<lead_id>/assign": Call(json={"dealer": "D001", "reason": REASON}, place=-1),
    "POST /v1/leads/reassign": Call(json={"dealer": "D001", "reason": REASON}),
    "GET /v1/leads/fairness": Call(params={"since": "2026-01-01"}),
    "GET /v1/leads/webhook": Call(),
    "PUT /v1/leads/webhook": Call(json={"url": "https://192.0.2.1/leads"}),
    "GET /v1/leads/deliveries": Call(),
    "POST /v1/leads/deliveries/<delivery_id>/retry": Call(),
    "DELETE /v1/leads/webhook": Call(),
    "POST /v1/claims/<claim_id>/appeals": Call(json={"reason": REASON}),
    "GET /v1/appeals": Call(),
    "POST /v1/appeals/<appeal_id>/answer": Call(json={"outcome": "refused", "reason": "no proof"}),
    "GET /v1/portfolio": Call(params={"dealer": "<own>"}),
    "GET /v1/do-not-approach": Call(params={"dealer": "<own>"}),
    "GET /v1/conflicts": Call(),
    "GET /v1/conflicts/abuse": Call(params={"since": "2020-01-01T00:00:00Z"}),
    "GET /v1/conflicts/<conflict_id>": Call(),
    "POST /v1/conflicts/<conflict_id>/rulings": Call(json={"dealer": "D001", "reason": REASON}),
    "GET /v1/policies": Call(),
    "POST /v1/policies": Call(json={"body": "version: hasty\nclaims: {silence: 2d}\n"}),
    "POST /v1/policies/simulations": Call(
        json={"body": "version: slow\nclaims: {silence: 9d}\n", "since": (NOW - timedelta(days=30)).isoformat()}
    ),
    "GET /v1/reviews": Call(params={"customer": "<golden_id>"}),
    "GET /v1/reviews/counts": Call(),
    "GET /v1/decisions": Call(params={"customer": "<golden_id>"}),
    "POST /v1/decisions": Call(
        json={"verdict": "unsure", "records": ["<own_golden_id>", "<golden_id>"], "reason": REASON}, headers=ANY
    ),
    "GET /v1/decisions/<decision_id>": Call(),
    "DELETE /v1/decisions/<decision_id>": Call(params={"reason": REASON}, headers=ANY),
    "GET /v1/pins": Call(params={"customer": "<golden_id>"}),
    "POST /v1/pins": Call(json={"record_id": "<golden_id>", "field": "first_name", "reason": REASON}, headers=ANY),
    "GET /v1/pins/<pin_id>": Call(),
    "DELETE /v1/pins/<pin_id>": Call(params={"reason": REASON}, headers=ANY),
}


@dataclass(frozen=True)
class World:
    """The hub, and its objects.

    Attributes:
        objects: kind → owner (a dealer's code, "" for the importer's own) → ids, as that owner knows them.
    """

    hub: Served
    objects: Mapping[str, Mapping[str, list[str]]]

    def ask(self, role: str, route: str, chosen: Mapping[str, str]) -> httpx.Response:
        """Call a route as somebody, with these objects by kind."""
        method, path = filled(route, chosen).split(" ")
        call = CALLS[route]
        more = {"headers": dict(call.headers)}
        for name in ("params", "json", "data", "content"):
            if (value := getattr(call, name)) is not None:
                more[name] = filled(value, chosen)
        return self.hub.client(role).request(method, path, **more)


KINDS = (
    "code", "upload_id", "golden_id", "own_golden_id", "own", "name", "phone", "kind", "reservation_id", "lead_id",
    "delivery_id", "claim_id", "appeal_id", "conflict_id", "decision_id", "pin_id",
)  # fmt: skip
NOWHERE = {
    "code": "D009", "upload_id": "u0000000000000000", "golden_id": NOBODY, "name": "Кукушкин Никодим Фролович",
    "phone": "+7 912 846-51-37", "reservation_id": NOBODY, "lead_id": NOBODY, "delivery_id": "d0123456789abcdef",
    "claim_id": NOBODY, "appeal_id": "999999", "conflict_id": NOBODY, "decision_id": "999999", "pin_id": "999999",
}  # fmt: skip


def kinds_in(route: str) -> list[str]:
    """The kinds of objects that a call names."""
    text = f"{route} {CALLS[route]}"
    return [kind for kind in KINDS if f"<{kind}>" in text]


def filled(value: Any, chosen: Mapping[str, str]) -> Any:
    """The same with objects in the places of their kinds."""
    if isinstance(value, str):
        for kind, one in chosen.items():
            value = value.replace(f"<{kind}>", one)
        return value
    if isinstance(value, Mapping):
        return {key: filled(one, chosen) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, chosen) for one in value]
    return value


def built(hub: Served) -> World:
    """Fill a served hub."""
    with hub.db.worker() as conn:  # it is early afternoon with both
        zone = f"Etc/GMT{datetime.now(UTC).hour - 13:+d}"
        conn.execute(sa.text("UPDATE dealer SET timezone = :zone"), {"zone": zone})
    people(hub)
    for dealer, own, days in (("D001", "1", 11), ("D002", "77", 6)):
        set_webhook(hub.db, dealer, "http://127.0.0.1:9/", NOW, private=True)
        _send(hub, dealer, "leads", f"{_LEADS}L1,{own},{_IVANOVA},{_ago(days)},contacted\n")
        _send(hub, dealer, "interactions", f"{_CALLS}I1,L1,call,in,{_ago(days - 1)},\n")
    process(hub)
    return World(hub, dict(_objects(hub)))


def _objects(hub: Served) -> Iterator[tuple[str, dict[str, list[str]]]]:
    def rows(query: str) -> dict[str, list[str]]:
        with hub.db.worker() as conn:
            found: dict[str, list[str]] = {}
            for owner, one in conn.execute(sa.text(query)):
                found.setdefault(owner or "", []).append(str(one))
            return found

    # of each dealer's records: its own of a customer that both have, and one that it has alone
    records = rows(
        "SELECT dealer, id FROM party WHERE feed = 'customers' AND record_no IN ('1', '2', '3', '77', '78') "
        "ORDER BY record_no"
    )
    yield "golden_id", records
    yield "own_golden_id", {dealer: ids[1:] for dealer, ids in records.items()}
    yield "code", {dealer: [dealer] for dealer in DEALERS}
    yield "own", {dealer: [dealer] for dealer in DEALERS}
    yield "kind", {dealer: ["entity"] for dealer in DEALERS}
    yield "name", {"D001": ["Петров Иван Сергеевич"], "D002": ["Сидоров Олег Львович"]}
    yield "phone", {"D001": ["+7 903 765-43-21"], "D002": ["+7 911 222-11-22"]}
    words = {dealer: hub.get(dealer, "/v1/uploads").json()["items"] for dealer in DEALERS}
    yield "upload_id", {dealer: [item["upload_id"] for item in items] for dealer, items in words.items()}
    for number, dealer in enumerate(DEALERS):
        for place, name in enumerate(LEADERS[number]):
            lead = {"full_name": name, "phones": f"+7 926 {number}{place}5-44-33", "brand": "Lada"}
            sent = hub.post("routing", "/v1/leads", json={**lead, "chosen_dealer": dealer})
            assert sent.json()["dealer"] == dealer, sent.text
        for record in records[dealer][1:]:
            _reserve(hub, dealer, record)
        consent = {"party": party(records[dealer][0]), "purpose": "marketing", "status": "granted"}
        assert hub.post(dealer, "/v1/consents", json={**consent, "controller": "dealer"}).status_code == 201
    yield "lead_id", rows("SELECT dealer, lead_id FROM offer ORDER BY offer_id")
    with hub.db.worker() as conn:  # something to try again, and something to let in or turn down
        conn.exec_driver_sql("UPDATE delivery SET status = 'dead', finished_at = now(), next_at = NULL")
        conn.exec_driver_sql(
            "UPDATE upload SET status = 'held', code = 'volume', reason = 'few rows' WHERE feed IN ('leads', 'interactions')"
        )
    pushed = rows("SELECT dealer, delivery_id FROM delivery")
    word = hub.app.state.words.deliveries.word
    yield "delivery_id", {dealer: [word(int(one)) for one in found] for dealer, found in pushed.items()}
    yield "reservation_id", rows("SELECT dealer, reservation FROM reservation ORDER BY entry_id")
    claims = rows("SELECT dealer, claim_id FROM claim")
    yield "claim_id", claims
    appeal = hub.post("D002", f"/v1/claims/{claims['D002'][0]}/appeals", json={"reason": "she asked for us"})
    yield "appeal_id", {"": [str(appeal.json()["entry_id"])]}
    (conflict,) = hub.get("head_office", "/v1/conflicts").json()["items"]
    yield "conflict_id", {"": [conflict["conflict_id"]]}
    word = {"verdict": "different", "records": [records["D001"][1], records["D002"][1]], "reason": "brothers"}
    decision = hub.post("steward", "/v1/decisions", json=word, headers=ANY)
    yield "decision_id", {"": [str(decision.json()["decision"]["decision_id"])]}
    value = {"record_id": records["D001"][1], "field": "address", "reason": "moved"}
    pin = hub.post("steward", "/v1/pins", json=value, headers=ANY)
    yield "pin_id", {"": [str(pin.json()["pin"]["pin_id"])]}


def _reserve(hub: Served, dealer: str, golden_id: str) -> None:
    body = {"purpose": "test_drive", "channel": "email", "parties": [party(golden_id)], "reserve": {"minutes": 30}}
    answer = hub.post(dealer, "/v1/contacts/permission", json=body)
    assert answer.json()["permitted"] == 1, answer.text


def _send(hub: Served, dealer: str, feed: str, text: str) -> None:
    assert hub.post(dealer, f"/v1/uploads?feed={feed}", content=text.encode()).status_code == 202


def _ago(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
