"""What the operator's tools see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.access.secret import load_secret
from hub.settings import Settings
from hub.store.engine import Database
from tests.api.serving import Served


def test_alive_and_ready(idle: Served) -> None:
    assert idle.get("", "/healthz").json() == {"status": "ok"}
    assert idle.get("", "/readyz").json() == {"ready": True, "database": True, "migrated": True}


def test_not_ready_without_a_database(idle: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    with Database(nowhere, nowhere, nowhere) as unreachable:
        monkeypatch.setattr(idle.app.state, "database", unreachable)
        answer = idle.get("", "/readyz")
        assert (answer.status_code, answer.json()["database"]) == (503, False)
        refused = idle.get("head_office", "/v1/dealers")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert idle.get("", "/healthz").status_code == 200


def test_metrics_tell_the_importer_more_than_a_dealer(idle: Served) -> None:
    idle.post("D001", "/v1/uploads?feed=sales", content=b"record_no\n1\n")
    full = idle.get("auditor", "/metrics").text
    assert 'dealerhub_http_requests_total{method="POST",route="/v1/uploads",status="202"} 1.0' in full
    assert 'dealerhub_uploads{status="received"} 1.0' in full
    assert 'dealerhub_queue_length{queue="uploads_to_process"} 1.0' in full
    assert "dealerhub_database_up 1.0" in full
    for role in ("", "D002", "routing", "steward"):
        answer = idle.get(role, "/metrics")
        assert answer.status_code == 200
        assert "process_cpu_seconds_total" in answer.text
        assert "dealerhub_" not in answer.text


def test_the_secret_is_kept_and_private(settings: Settings) -> None:
    first = load_secret(settings)
    assert len(first) == 32
    assert load_secret(settings) == first
    assert (settings.home / "api.secret").stat().st_mode & 0o077 == 0
    assert load_secret(replace(settings, api_secret="shared")) == b"shared"
