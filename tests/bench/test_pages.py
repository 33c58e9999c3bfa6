"""The benchmark of the pages finds every page of every role, and something of each kind to look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.bench import pages
from hub.bench.pages import COLUMNS, Reader, walk
from hub.bench.server_watch import tree_seconds
from hub.errors import HubError
from hub.store.embedded import EmbeddedServer
from tests.api.serving import Served, serve
from tests.conftest import Filled, copied
from tests.web.cases import cases


@pytest.fixture
def hub(server: EmbeddedServer, peopled_template: Callable[[], Filled], tmp_path: Path) -> Iterator[Served]:
    with copied(server, peopled_template(), tmp_path) as (settings, db), serve(settings, db) as served:
        yield served


def _address(hub: Served) -> tuple[str, int]:
    url = urlsplit(hub.url)
    return str(url.hostname), int(url.port or 0)


def test_every_page_is_loaded_and_told(hub: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "OBJECTS", 2)
    cases(hub)
    walked = walk(hub.db, _address(hub), lambda: (tree_seconds(os.getpid()), 0.0), lambda what: None)
    assert {len(row) for row in walked.table} == {len(COLUMNS)}
    told = {(str(row[0]).strip("`"), row[1]) for row in walked.table}
    assert {("/", "steward"), ("/queue", "steward"), ("/queue/case", "steward"), ("/customers/…", "steward"),
            ("/customers/…/origin", "steward"), ("/customers?q=phone", "steward"), ("/people", "head_office"),
            ("/uploads/…", "head_office"), ("/audit", "auditor"), ("/portfolio", "dealer")} <= told  # fmt: skip
    assert "/conflicts/…" in walked.empty


def test_a_reader_says_what_is_wrong(hub: Served) -> None:
    with pytest.raises(HubError, match="Signing in as nobody was answered by 401"):
        Reader(_address(hub), "nobody", "something")
