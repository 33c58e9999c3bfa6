"""The benchmarks by name. Each is a module `hub.bench.<name>` with `measure() -> Report`."""

from __future__ import annotations

from importlib import import_module

from hub.bench.report import Report, markdown
from hub.errors import Invalid

NAMES = {
    "bulk": "a million rows of 25 columns into PostgreSQL and out again by COPY",
}


def run(name: str) -> str:
    """Run one benchmark; returns Markdown.

    Raises:
        Invalid: there is no such benchmark.
    """
    if name not in NAMES:
        raise Invalid(f"Unknown benchmark {name!r}; known are {', '.join(NAMES)}, and `all`.")
    report: Report = import_module(f"hub.bench.{name}").measure()
    return markdown(name, report)
