"""Two dealers who work one customer: a conflict for tests of the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.api.serving import Served, process

LEADS = "record_no,customer_no,full_name,phones,emails,brand,new_or_used,created_at,status\n"
CALLS = "record_no,lead_no,channel,direction,at,outcome\n"


def make_rivals(hub: Served) -> None:
    """Ivanova is worked by D001, with contact proven ten days ago, and by D002, five days ago."""
    who = "Иванова Юлия Петровна,+7 916 123 45 67,y.ivanova@mail.ru,Lada,new"
    send(hub, "D001", "leads", f"{LEADS}L1,1,{who},{ago(11)},contacted\n")
    send(hub, "D002", "leads", f"{LEADS}L2,77,{who},{ago(6)},contacted\n")
    send(hub, "D001", "interactions", f"{CALLS}I1,L1,call,in,{ago(10)},\n")
    send(hub, "D002", "interactions", f"{CALLS}I2,L2,call,in,{ago(5)},\n")
    process(hub)


def open_appeal(hub: Served, dealer: str) -> int:
    """The dealer appeals about its claim on her; the appeal's number."""
    found = hub.get(dealer, "/v1/customers?q=y.ivanova@mail.ru").json()["items"][0]
    (claim,) = hub.get(dealer, f"/v1/customers/{found['golden_id']}/claims").json()["claims"]
    answer = hub.post(dealer, f"/v1/claims/{claim['claim_id']}/appeals", json={"reason": "we had called first"})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["entry_id"])


def send(hub: Served, dealer: str, feed: str, text: str) -> None:
    """Upload a file by the API."""
    assert hub.post(dealer, f"/v1/uploads?feed={feed}", content=text.encode()).status_code == 202


def ago(days: float) -> str:
    """A moment so many days before now."""
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
