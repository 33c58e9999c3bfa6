"""Work in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.bench.apart import apart


def test_work_is_done_elsewhere_and_its_cost_known() -> None:
    cost = apart(os.getpid)
    assert cost.result != os.getpid()
    assert cost.seconds > 0
    assert cost.peak_mib > 5


def test_what_it_raises_is_raised_here() -> None:
    with pytest.raises(FileNotFoundError):
        apart(Path.read_text, Path("/there/is/nothing"))
