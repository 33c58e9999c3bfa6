"""Functions over arrays that a compiler makes as fast as C (numba), for the loops that array operations cannot say.

Only a whole file needs them. A process that answers single requests never calls one, so the compiler is imported by the first
call of a kernel and not before. What was compiled is kept beside the source, or in the user's cache where that cannot be written
(``NUMBA_CACHE_DIR`` names another place); where no place can be written each process compiles for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, cast

Given = ParamSpec("Given")
Result = TypeVar("Result")

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
        """The compiled function; kernels that it calls are compiled with it."""
        with _LOCK:
            if self._machine is None:
                self._machine = _compile(cast(FunctionType, self.plain), self._options)
            return self._machine


def compiled(plain: Callable[Given, Result]) -> Kernel[Given, Result]:
    """Make a kernel of a function that uses numbers, arrays and other kernels of its module only."""
    return Kernel(plain)


def looking(plain: Callable[Given, Result]) -> Kernel[Given, Result]:
    """A kernel that makes no arrays: to count references to those it is given would cost more than a look at them."""
    return Kernel(plain, _nrt=False)


def inlined(plain: Callable[Given, Result]) -> Kernel[Given, Result]:
    """A part of such kernels that is so small that a call would cost more than what it does."""
    return Kernel(plain, _nrt=False, forceinline=True)


def _compile(plain: FunctionType, options: dict[str, Any]) -> Any:
    import numba

    used = {name: known for name in plain.__code__.co_names if isinstance(known := plain.__globals__.get(name), Kernel)}
    linked = FunctionType(
        plain.__code__,
        {**plain.__globals__, **{name: kernel.machine() for name, kernel in used.items()}},
        plain.__name__,
        plain.__defaults__,
    )
    linked.__qualname__, linked.__module__ = plain.__qualname__, plain.__module__
    try:
        return numba.njit(nogil=True, cache=True, **options)(linked)
    except RuntimeError:  # no folder that could be written to keep what was compiled
        return numba.njit(nogil=True, **options)(linked)


def load() -> None:
    """Import the compiler and all it needs (half a second), which otherwise the first kernel does."""
    _nothing(0)


@compiled
def _nothing(number: int) -> int:
    return number
