"""Work in a process of its own, so that its time and memory are its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Generic, ParamSpec, TypeVar

from hub.flows.progress import peak_mib

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost(Generic[Result]):
    """What work returned, and what it cost.

    Attributes:
        seconds: wall-clock time, the process's own start included.
        peak_mib: the highest resident memory of that process; no other's.
    """

    result: Result
    seconds: float
    peak_mib: int


def apart(work: Callable[Given, Result], *args: Given.args, **named: Given.kwargs) -> Cost[Result]:
    """Do ``work``, a function of a module, in a fresh process; what it raises is raised here."""
    began = time.perf_counter()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        result, peak = pool.submit(_measured, partial(work, *args, **named)).result()
        seconds = time.perf_counter() - began
    return Cost(result, seconds, peak)


def _measured(work: Callable[[], Result]) -> tuple[Result, int]:
    return work(), peak_mib()
