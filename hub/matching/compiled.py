"""Functions over arrays that a compiler makes as fast as C (numba), for the loops that array operations cannot say.

Only a whole file needs them. A process that answers single requests never calls one, so the compiler is imported by the first
call of a kernel and not before. What was compiled is kept beside the source, or in the user's cache where that cannot be written
(``NUMBA_CACHE_DIR`` names another place); where no place can be written each process compiles for itself. Of processes that
want the same kernel at once one compiles it, and the others wait for what it keeps.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property, update_wrapper
from pathlib import Path
from threading import RLock
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, cast

Given = ParamSpec("Given")
Result = TypeVar("Result")

LOG = logging.getLogger(__name__)
_LOCK = RLock()  # several threads may want the same kernel first


class Kernel(Generic[Given, Result]):
    """A compiled function: of numbers and arrays, without the interpreter's lock, with the arithmetic of IEEE 754.

    Attributes:
        plain: the same as Python runs it, slowly; what tests compare with.
    """

    def __init__(self, plain: Callable[Given, Result], **options: Any) -> None:
        self.plain = plain
        self._options = options
        self._machine: Callable[Given, Result] | None = None
        update_wrapper(self, plain)

    def __call__(self, *args: Given.args, **named: Given.kwargs) -> Result:
        return (self._machine or self.machine())(*args, **named)

    def machine(self) -> Callable[Given, Result]:
        """The compiled function; kernels that it calls are compiled into it."""
        with _LOCK:
            if self._machine is None:
                self._machine = _kept(self._linked(), self._options)
            return self._machine

    def kept_in(self) -> Path | None:
        """The folder that keeps what was compiled; None where there is none."""
        machine: Any = self.machine()
        return Path(path) if (path := machine.stats.cache_path) else None

    @cached_property
    def _part(self) -> Any:
        """The same for other kernels: what only a call from Python needs, and what would be kept, costs a third of compiling."""
        import numba

        options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **self._options}
        return numba.njit(nogil=True, **options)(self._linked())

    def _linked(self) -> FunctionType:
        """The function with those kernels in place of their names that it calls."""
        plain = cast(FunctionType, self.plain)
        used = {
            name: known for name in plain.__code__.co_names if isinstance(known := plain.__globals__.get(name), Kernel)
        }
        linked = FunctionType(
            plain.__code__,
            {**plain.__globals__, **{name: kernel._part for name, kernel in used.items()}},
            plain.__name__,
            plain.__defaults__,
        )
        linked.__qualname__, linked.__module__ = plain.__qualname__, plain.__module__
        return linked


def compiled(plain: Callable[Given, Result]) -> Kernel[Given, Result]:
    """Make a kernel of a function that uses numbers, arrays and other kernels of its module only."""
    return Kernel(plain)


def looking(plain: Callable[Given, Result]) -> Kernel[Given, Result]:
    """A kernel that makes no arrays: to count references to those it is given would cost more than a look at them."""
    return Kernel(plain, _nrt=False)


def inlined(plain: Callable[Given, Result]) -> Kernel[Given, Result]:
    """A part of such kernels that is so small that a call would cost more than what it does."""
    return Kernel(plain, _nrt=False, forceinline=True)


def spliced(plain: Callable[Given, Result]) -> Kernel[Given, Result]:
    """A part of one such kernel, compiled as if its words stood there. It is quicker to compile than a call if it is short."""
    return Kernel(plain, _nrt=False, inline="always")


def _kept(linked: FunctionType, options: dict[str, Any]) -> Any:
    """The function, to be compiled for what it is called with or, where another process did, to be loaded."""
    import numba

    try:
        machine = numba.njit(nogil=True, cache=True, **options)(linked)
    except RuntimeError:  # no folder that could be written to keep what was compiled
        _tell_of_no_place()
        return numba.njit(nogil=True, **options)(linked)
    compile_ = machine.compile
    lock = Path(machine.stats.cache_path, f"{linked.__module__}.{linked.__qualname__}.lock")

    def compile_alone(signature: Any) -> Any:
        with _alone(lock):
            return compile_(signature)

    machine.compile = compile_alone
    return machine


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process or thread at a time, where files can be locked."""
    try:
        handle = lock.open("w")
    except OSError:
        yield
        return
    with handle:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@cache
def _tell_of_no_place() -> None:
    LOG.warning(
        "No folder to keep compiled loops: neither beside the hub's source nor in the home folder can be written. "
        "Every process that matches compiles them again; name a folder for them in NUMBA_CACHE_DIR."
    )


def load() -> None:
    """Import the compiler and all it needs (half a second), which otherwise the first kernel does."""
    _nothing(0)


@compiled
def _nothing(number: int) -> int:
    return number
