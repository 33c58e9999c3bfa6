"""The README's four journeys run as they are pasted, on a small demo network."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from api.app import open_expectations
from hub.dealers.registry import load_registry
from hub.demo.network import generate
from hub.flows.consolidate import consolidate
from hub.flows.gate import OpenGate
from hub.flows.match import match
from hub.flows.register import register_inbox
from hub.flows.specifications import apply_specifications
from hub.flows.stage import stage
from hub.settings import ROOT, Settings
from hub.store.archive import Archive
from hub.store.dealers import sync_dealers
from hub.store.engine import Database
from tests.api.serving import serve
from tests.docs.pages import blocks, section

README = (ROOT / "README.md").read_text(encoding="utf-8")
JOURNEYS = {
    heading: blocks(section(README, heading), "sh")
    for heading in re.findall(r"^### (.+)$", section(README, "Four journeys"), flags=re.MULTILINE)
}
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def served(settings: Settings, db: Database, tmp_path: Path) -> Iterator[str]:
    """The address of a hub that holds a small demo network, both nights."""
    network = generate(tmp_path / "network", dealers=6, people=300, seed=1)
    archive = Archive(settings.archive_dir)
    with serve(settings, db, open_expectations) as hub:
        with db.worker() as conn:
            sync_dealers(conn, load_registry(network.dealers))
        apply_specifications(db, [network.specs])
        for inbox, day in ((network.night1, date(2026, 11, 20)), (network.night2, date(2026, 11, 21))):
            register_inbox(db, archive, inbox, day)
            stage(db, archive, OpenGate())
        match(db)
        consolidate(db)
        yield hub.url


@pytest.fixture
def checkout(settings: Settings, tmp_path: Path) -> Path:
    """A folder like that of a checkout after `make demo`: with ``.venv/bin/dealerhub`` and ``var``."""
    program = tmp_path / "checkout" / ".venv" / "bin" / "dealerhub"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!/bin/sh\nHUB_HOME='{settings.home}' HUB_DATABASE_URL='{settings.database_url}' PYTHONPATH='{ROOT}' "
        f"exec '{sys.executable}' -m hub.cli \"$@\"\n",
        encoding="utf-8",
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    folder = program.parents[2]
    (folder / "var").mkdir()
    return folder


@pytest.mark.skipif(not shutil.which("curl"), reason="the journeys need curl")
def test_the_journeys(served: str, checkout: Path) -> None:
    heading_lines = [f'echo "=== {heading}"\n' + "\n".join(code) for heading, code in JOURNEYS.items()]
    script = "set -eu\n" + "\n".join(heading_lines).replace(ADDRESS, served)
    environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=checkout, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert '"code": "unauthenticated"' not in done.stdout
    told = dict(part.split("\n", 1) for part in done.stdout.split("=== ")[1:])
    office, dealer, steward, lead = (told[heading] for heading in JOURNEYS)
    assert '"reason": "the only value"' in office
    assert '"losing"' in office
    assert '"status": "accepted"' in dealer
    assert '"rows_loaded": 3' in dealer
    assert '"values_set_aside": 1' in dealer
    assert "48214,person,Петров" in dealer
    assert "This is not a date" in dealer
    assert '"probability"' in steward
    assert '"code": "volume"' in steward
    assert '"decision": "match"' in lead
    assert '"field": "phones"' in lead


def test_there_are_four_of_them_and_each_has_its_commands() -> None:
    assert len(JOURNEYS) == 4
    assert all(JOURNEYS.values())
    assert ADDRESS in str(JOURNEYS)
