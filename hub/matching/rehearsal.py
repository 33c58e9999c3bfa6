"""A match of made-up people, after which every loop has been compiled and is kept for the matches to come.

``python -m hub.matching.rehearsal`` does so, unless that was done before for the present source, compiler and processor.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_PEOPLE = 3_000  # so many that no step does without its compiled loop
_EACH = 2  # records of a person


def rehearse(people: int = _PEOPLE, training: bool = True) -> None:
    """Match made-up people and throw the outcome away; nothing is written but what is compiled."""
    import numpy as np
    import polars as pl

    from hub.matching.adapt import adapt
    from hub.matching.model import start_model
    from hub.matching.resolve import prepare, resolve

    number = pl.Series(np.repeat(np.arange(people) * 7919 % 10_007, _EACH))
    word = number.cast(pl.String).str.replace_many(list("0123456789"), list("aeiounrstl"))
    made_up = pl.DataFrame(
        {
            "kind": pl.repeat("person", len(number), eager=True),
            "last": word + "son",
            "last_root": word + "son",
            "first": word.str.head(2) + "ra",
            "birth_date": number.cast(pl.Int32).cast(pl.Date),
            "phones": ("+7916" + number.cast(pl.String).str.zfill(7)).reshape((-1, 1)).arr.to_list(),
            "emails": (word + "@example.org").reshape((-1, 1)).arr.to_list(),
            "city": word.str.head(1) + "ton",
            "street": word.str.head(3) + " street",
        }
    )
    records = prepare(made_up)
    resolve(records, start_model())
    if training:
        adapt(records, start_model())  # what only training needs comes last, since no night trains


def main() -> None:
    """Rehearse once for what is kept, where anything can be kept."""
    from hub.matching.glances import glance

    kept = glance.kept_in()
    if kept is None or (note := kept / f"rehearsed-{_state()}").exists():
        return
    rehearse()
    for old in kept.glob("rehearsed-*"):
        old.unlink(missing_ok=True)
    note.touch()


def _state() -> str:
    """A digest of what decides whether compiled code can be used: the source, and what compiles it, and for what."""
    from llvmlite.binding import get_host_cpu_name

    sources = [(file.name, file.stat().st_mtime_ns) for file in sorted(Path(__file__).parent.glob("*.py"))]
    return sha256(repr((sys.version, version("numba"), get_host_cpu_name(), sources)).encode()).hexdigest()[:16]


if __name__ == "__main__":
    main()
