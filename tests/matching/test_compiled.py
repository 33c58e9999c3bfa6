"""Compiled kernels: the compiler comes with the first call, keeps its work, and does without a place to keep it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hub.matching.compiled import compiled

MODULE = """
from hub.matching.compiled import compiled

STEP = 3

@compiled
def stepped(number: int) -> int:
    return number + STEP

@compiled
def twice(number: int) -> int:
    return stepped(stepped(number))
"""


def _python(code: str, folder: Path, **environment: str) -> str:
    run = _run(code, folder, **environment)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def _run(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), *sys.path])
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A folder with a module of kernels."""
    (tmp_path / "kernels_of_a_test.py").write_text(MODULE)
    return tmp_path


def test_the_answer_is_that_of_python() -> None:
    @compiled
    def total(numbers: np.ndarray) -> float:
        summed = 0.0
        for number in numbers:
            summed += number
        return summed

    numbers = np.random.default_rng(1).random(1000)
    assert total(numbers) == total.plain(numbers)


def test_what_was_compiled_is_kept(module: Path) -> None:
    code = (
        "import kernels_of_a_test as k; print(k.twice(1), sum(k.twice.machine().stats.cache_hits.values()), "
        "sum(k.twice.machine().stats.cache_misses.values()))"
    )
    kept = str(module / "kept")
    assert _python(code, module, NUMBA_CACHE_DIR=kept) == "7 0 1"
    assert _python(code, module, NUMBA_CACHE_DIR=kept) == "7 1 0"


def test_of_two_processes_one_compiles(module: Path) -> None:
    kept = str(module / "kept")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(module), *sys.path]), "NUMBA_CACHE_DIR": kept}
    code = "import kernels_of_a_test as k; print(k.twice(1), sum(k.twice.machine().stats.cache_misses.values()))"
    both = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert sorted(one.communicate()[0].strip() for one in both) == ["7 0", "7 1"]


def test_nowhere_to_keep_it(module: Path) -> None:
    # a file stands where the folder would be: not even root can write there
    (module / "__pycache__").write_text("")
    (module / "home").write_text("")
    code = "import kernels_of_a_test as k; print(k.twice(1), k.twice.kept_in())"
    nowhere = {"HOME": str(module / "home"), "XDG_CACHE_HOME": str(module / "home" / "cache")}
    run = _run(code, module, **nowhere)
    assert run.stdout == "7 None\n"
    assert run.stderr.count("name a folder for them in NUMBA_CACHE_DIR") == 1
    shutil.rmtree(module, ignore_errors=True)


def test_the_api_imports_no_compiler() -> None:
    code = "import sys, api.app, hub.matching.resolve; print('numba' in sys.modules)"
    assert _python(code, Path.cwd()) == "False"
