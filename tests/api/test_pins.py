"""A steward pins a value over HTTP."""

from __future__ import annotations

from typing import get_args

from api.schemas.decisions import PinnedField
from hub.flows.pin import FIELDS
from tests.api.serving import Served
from tests.api.test_customers import identities


def test_a_pin_wins_and_is_taken_back(peopled: Served) -> None:
    ids = identities(peopled)
    address = f"/v1/customers/{ids['1']}"
    before = peopled.get("steward", address)
    fields = before.json()["fields"]
    loser = fields["city"]["losing"][0]
    record = ids[loser["source"]["record_no"]]
    body = {"record_id": record, "field": "address", "reason": "moved back"}
    assert peopled.post("steward", "/v1/pins", json=body).status_code == 428
    stale = peopled.post("steward", "/v1/pins", json=body, headers={"If-Match": '"old"'})
    assert stale.status_code == 412
    done = peopled.post("steward", "/v1/pins", json=body, headers={"If-Match": before.headers["etag"]})
    assert done.status_code == 201, done.text
    after = peopled.get("head_office", address)
    city = after.json()["fields"]["city"]
    assert (city["value"], city["reason"]) == (loser["value"], "pinned by a steward")
    assert after.headers["etag"] == done.json()["after"][0]["etag"]
    found = peopled.get("steward", "/v1/customers", params={"q": "Иванова Юлия"}).json()["items"][0]
    assert found["city"] == loser["value"]
    assert len(peopled.get("steward", f"/v1/pins?customer={ids['77']}&state=standing").json()["items"]) == 1
    location = done.headers["location"]
    back = peopled.client("steward").delete(location, headers={"If-Match": after.headers["etag"]})
    assert back.status_code == 200, back.text
    assert peopled.get("steward", address).content == before.content
    assert peopled.get("steward", location).json()["retracted_by"].startswith("api:")


def test_a_dealers_view_knows_no_pins(peopled: Served) -> None:
    ids = identities(peopled)
    before = peopled.get("D001", f"/v1/customers/{ids['1']}").content
    for field in ("address", "first_name"):
        for record in ("1", "77"):
            body = {"record_id": ids[record], "field": field}
            assert peopled.post("steward", "/v1/pins", json=body, headers={"If-Match": "*"}).status_code == 201
    assert peopled.get("D001", f"/v1/customers/{ids['1']}").content == before


def test_the_fields_are_those_of_the_hub() -> None:
    assert get_args(PinnedField) == FIELDS
