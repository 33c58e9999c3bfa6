"""Files in: kept whole, entered once, seen by their owner only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.settings import Settings
from hub.store.archive import Archive
from hub.store.engine import Database
from tests.api.serving import Served, serve

CUT = b"--b\r\nContent-Disposition: form-data; name=file\r\n\r\nx"  # the form has no end
CSV = "record_no,full_name\n1,Иванова Юлия\n".encode()


@pytest.fixture
def narrow(settings: Settings, db: Database) -> Iterator[Served]:
    """A hub that takes files of one megabyte at most."""
    with serve(replace(settings, process_uploads=False, upload_limit_mb=1), db) as served:
        yield served


def test_a_form_and_a_bare_body_are_the_same(idle: Served) -> None:
    form = idle.post("D001", "/v1/uploads?feed=customers", files={"file": ("customers_2026-11-20.csv", CSV)})
    bare = idle.post("D001", "/v1/uploads?feed=customers&name=customers_2026-11-20.csv", content=CSV)
    for answer in (form, bare):
        assert answer.status_code == 202
        body = answer.json()
        assert answer.headers["location"] == f"/v1/uploads/{body['upload_id']}"
        assert body["sha256"] == hashlib.sha256(CSV).hexdigest()
        assert (body["dealer"], body["feed"], body["bytes"]) == ("D001", "customers", len(CSV))
        assert (body["file_name"], body["day"], body["delta"]) == ("customers_2026-11-20.csv", "2026-11-20", False)
        assert (body["status"], body["receipt"]) == ("received", None)
        archive = Archive(idle.app.state.settings.archive_dir)
        assert archive.open(body["sha256"]).read_bytes() == CSV
    assert not list((idle.app.state.settings.archive_dir / "arriving").iterdir())


def test_a_stated_day_and_a_delta(idle: Served) -> None:
    answer = idle.post("D001", "/v1/uploads?feed=sales&day=2026-11-19&name=sales_delta_2026-11-20.csv", content=CSV)
    assert (answer.json()["day"], answer.json()["delta"]) == ("2026-11-19", True)


def test_a_day_to_come_is_refused(idle: Served) -> None:
    for query in ("day=9999-12-31", "name=sales_2099-01-01.csv"):
        answer = idle.post("D001", f"/v1/uploads?feed=sales&{query}", content=CSV)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_the_dealer_comes_from_the_key(idle: Served) -> None:
    assert idle.post("D001", "/v1/uploads?feed=sales&dealer=D002", content=CSV).status_code == 403
    assert idle.post("D001", "/v1/uploads?feed=sales&dealer=D001", content=CSV).status_code == 202
    assert idle.post("head_office", "/v1/uploads?feed=sales", content=CSV).status_code == 422
    assert idle.post("head_office", "/v1/uploads?feed=sales&dealer=D009", content=CSV).status_code == 422
    by_head_office = idle.post("head_office", "/v1/uploads?feed=sales&dealer=D002", content=CSV)
    assert by_head_office.json()["dealer"] == "D002"
    assert idle.get("D002", by_head_office.headers["location"]).status_code == 200


def test_another_dealers_upload_cannot_be_told_from_none(idle: Served) -> None:
    ours = idle.post("D001", "/v1/uploads?feed=sales", content=CSV).json()["upload_id"]
    for suffix in ("", "/rejects"):
        foreign = idle.get("D002", f"/v1/uploads/{ours}{suffix}")
        for other in ("u0123456789abcdef", "1", "17", "none"):
            missing = idle.get("D002", f"/v1/uploads/{other}{suffix}")
            assert foreign.status_code == missing.status_code == 404
            assert foreign.text.replace(f"/{ours}", "/?") == missing.text.replace(f"/{other}", "/?")
    assert idle.get("D002", "/v1/uploads").json()["items"] == []
    assert idle.get("D002", "/v1/uploads?dealer=D001").json()["items"] == []
    assert len(idle.get("D001", "/v1/uploads").json()["items"]) == 1


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"content": b""}, 422),
        ({"files": {"file": ("x.csv", b"")}}, 422),
        ({"files": {"other": ("x.csv", CSV)}}, 422),
        ({"files": [("file", ("x.csv", CSV)), ("file", ("y.csv", CSV))]}, 422),
        ({"files": {"file": ("x.csv", CSV)}, "data": {"dealer": "D002"}}, 422),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 422),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422),
        ({"content": b"--b\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422),
        ({"content": CUT, "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422),
    ],
)  # fmt: skip
def test_a_body_that_is_no_file(shared: Served, options: dict[str, object], status: int) -> None:
    before = shared.get("D001", "/v1/uploads").json()["items"]
    assert shared.post("D001", "/v1/uploads?feed=sales", **options).status_code == status
    assert shared.get("D001", "/v1/uploads").json()["items"] == before


def test_a_file_above_the_limit_is_413_however_it_comes(narrow: Served) -> None:
    big = b"x" * 1_000_001
    chunks = (big[i : i + 70_000] for i in range(0, len(big), 70_000))
    for options in ({"content": big}, {"content": chunks}, {"files": {"file": ("x.csv", big)}}):
        answer = narrow.post("D001", "/v1/uploads?feed=sales", **options)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert narrow.post("D001", "/v1/uploads?feed=sales", content=big[1:]).status_code == 202
    assert not list((narrow.app.state.settings.archive_dir / "arriving").iterdir())


def test_pages_neither_skip_nor_repeat(idle: Served) -> None:
    ids = [idle.post("D001", "/v1/uploads?feed=sales", content=b"%d" % n).json()["upload_id"] for n in range(5)]
    seen, cursor = [], None
    while True:
        page = idle.get("D001", "/v1/uploads", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["upload_id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
        idle.post("D001", "/v1/uploads?feed=sales", content=b"later %d" % len(seen))
    assert seen == ids[::-1]


def test_a_cursor_belongs_to_its_query_and_caller(idle: Served) -> None:
    for n in range(2):
        idle.post("D001", "/v1/uploads?feed=sales", content=b"%d" % n)
        idle.post("D002", "/v1/uploads?feed=sales", content=b"%d" % n)
    cursor = idle.get("D001", "/v1/uploads?limit=1").json()["next_cursor"]
    assert idle.get("D001", f"/v1/uploads?limit=9&cursor={cursor}").status_code == 200
    for role, query in (("D002", ""), ("D001", "&feed=sales"), ("head_office", "")):
        answer = idle.get(role, f"/v1/uploads?limit=1&cursor={cursor}{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
    assert idle.get("D001", f"/v1/dealers?cursor={cursor}").status_code == 400


def test_a_dealer_cannot_count_the_uploads_of_others(idle: Served) -> None:
    location = idle.post("D001", "/v1/uploads?feed=sales", content=CSV).headers["location"]
    idle.post("D001", "/v1/uploads?feed=sales", content=b"2")
    own = idle.get("D001", location).json()
    assert own["number"] is None
    assert location == f"/v1/uploads/{own['upload_id']}"
    for_head_office = idle.get("head_office", location).json()
    assert for_head_office == {**own, "number": 1}
    assert idle.get("head_office", "/v1/uploads/1").json() == for_head_office
    assert idle.get("D001", "/v1/uploads/1").status_code == 404


def test_an_unchanged_upload_costs_no_transfer(idle: Served) -> None:
    location = idle.post("D001", "/v1/uploads?feed=sales", content=CSV).headers["location"]
    tag = idle.get("D001", location).headers["etag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = idle.get("D001", location, headers={"If-None-Match": header})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert idle.get("D001", location, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_dealer_with_its_last_uploads(idle: Served) -> None:
    for feed in ("sales", "customers", "sales"):
        idle.post("D001", f"/v1/uploads?feed={feed}", content=CSV)
    dealer = idle.get("D001", "/v1/dealers/D001").json()
    assert dealer["name"] == "Север"
    assert [(upload["feed"], upload["number"]) for upload in dealer["last_uploads"]] == [
        ("sales", None),
        ("customers", None),
    ]
    dealer = idle.get("head_office", "/v1/dealers/D001").json()
    assert [(upload["feed"], upload["number"]) for upload in dealer["last_uploads"]] == [("sales", 3), ("customers", 2)]
    assert [item["code"] for item in idle.get("head_office", "/v1/dealers").json()["items"]] == ["D001", "D002"]
    assert [item["code"] for item in idle.get("D002", "/v1/dealers").json()["items"]] == ["D002"]
    assert idle.get("D002", "/v1/dealers/D001").status_code == 404
