"""Input that a benchmark makes: kept for the next time, or thrown away."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder(keep: Path | None) -> Iterator[Path]:
    """The folder to keep input in; a temporary one if nothing shall be kept."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="dealerhub-input-") as temporary:
        yield Path(temporary)


def made(out: Path, make: Callable[[Path], None], tell: Callable[[str], None]) -> Path:
    """The folder ``out``, made unless it lies there complete."""
    if not out.is_dir():
        tell(f"Making the input {out.name} …")
        draft = out.with_name(f".{out.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        make(draft)
        draft.rename(out)
    return out
