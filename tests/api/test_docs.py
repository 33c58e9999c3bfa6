"""docs/api.md: its examples run as they stand, in order, and its tables are those of the code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from api.app import open_expectations
from api.schemas.uploads import Status
from hub.settings import ROOT, Settings, variable
from hub.store.engine import Database
from tests.api.serving import Served, serve

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def busy(settings: Settings, db: Database) -> Iterator[Served]:
    """An empty hub as it is deployed: its worker on, behind the real gate."""
    with serve(settings, db, open_expectations) as served:
        yield served


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples need curl")
def test_the_examples_run(busy: Served, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "HUB": busy.url,
        "HEAD_OFFICE_KEY": busy.client("head_office").headers["authorization"].removeprefix("Bearer "),
        "DEALER_KEY": busy.client("D001").headers["authorization"].removeprefix("Bearer "),
        "NO_PROXY": "*",
        "no_proxy": "*",
    }
    script = "set -euo pipefail\n" + "\n".join(EXAMPLES)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert '"status":"accepted"' in done.stdout
    assert "48213" in done.stdout
    assert '"decision":"match"' in done.stdout
    assert (tmp_path / "rejects.csv").stat().st_size
    assert len(EXAMPLES) >= 8


def test_the_statuses_are_explained() -> None:
    table = GUIDE.split("| status |")[1].split("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(get_args(Status))


def test_the_settings_exist() -> None:
    known = {variable(field.name) for field in fields(Settings)}
    assert set(re.findall(r"`(HUB_\w+)`", GUIDE)) <= known
