"""The rehearsal compiles whatever a match of a whole base needs, and each loop for one kind of arguments."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import gc
from hub.matching.adapt import adapt
from hub.matching.compiled import Kernel
from hub.matching.model import start_model
from hub.matching.rehearsal import rehearse
from hub.matching.resolve import resolve
from tests.matching.people import base

def compiled():
    kernels = [known for known in gc.get_objects() if type(known) is Kernel and known._machine]
    return {f"{known.__module__}.{known.__qualname__}": len(known._machine.signatures) for known in kernels}

rehearse()
rehearsed = compiled()
records, _ = base(5000)
resolve(records, adapt(records, start_model()))
assert rehearsed == compiled(), compiled().keys() - rehearsed.keys()
assert set(rehearsed.values()) == {1}, rehearsed
"""


def test_a_match_needs_nothing_that_was_not_rehearsed() -> None:
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
