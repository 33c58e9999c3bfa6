"""What commands print with, and the deployment they work on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from hub.flows.progress import Progress
    from hub.settings import Settings
    from hub.store.engine import Database


_NO_ROLES = (
    "The user of HUB_DATABASE_URL may neither create roles nor act as hub_worker and hub_api. Let an administrator run "
    "once, in that database: CREATE ROLE hub_worker LOGIN; CREATE ROLE hub_api LOGIN; GRANT hub_worker, hub_api TO the "
    "user WITH INHERIT FALSE, SET TRUE (before version 16 without WITH …). Where the roles exist, the last will do."
)


def examples(*lines: str) -> str:
    """The epilog of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  dealerhub {line}" for line in lines)


@contextmanager
def deployment() -> Iterator[tuple[Settings, Database]]:
    """The settings of the environment and their database, at the newest schema."""
    from psycopg.errors import InsufficientPrivilege
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from hub.errors import HubError
    from hub.settings import Settings
    from hub.store.engine import Database
    from hub.store.migrate import migrate

    settings = Settings.from_env()
    with Database.open(settings) as db:
        try:
            migrate(db)
            if settings.database_url:  # a server of one's own: can its user act for the hub's roles?
                with db.worker():
                    pass
        except (OperationalError, ProgrammingError) as error:
            if isinstance(error.orig, InsufficientPrivilege) or "permission denied to set role" in str(error.orig):
                raise HubError(_NO_ROLES) from None
            if isinstance(error, ProgrammingError):
                raise
            raise HubError(f"The database cannot be reached: {str(error.orig).strip()}") from None
        yield settings, db


def program() -> str:
    """How this very command is called from here: by its name where the shell finds it, else by its path."""
    called = Path(sys.argv[0]).absolute()
    if called.name != "dealerhub" or shutil.which("dealerhub") == str(called):
        return "dealerhub"
    return str(called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called)


def stdout() -> Console:
    """For results; wide where nobody's window limits it, so that a pipe gets whole lines."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 240)


def stderr() -> Console:
    """For progress and remarks, so that results can be piped."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(*words: str) -> None:
    """One plain line of the result."""
    print(*words)


def table(columns: Iterable[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
    """Print rows; numbers stand right and with separators, None as nothing."""
    from rich import box
    from rich.table import Table

    listed = [list(row) for row in rows]
    shown = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for place, column in enumerate(columns):
        numeric = any(isinstance(row[place], int | float) for row in listed)
        shown.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        shown.add_row(*map(_cell, row))
    stdout().print(shown)


@contextmanager
def watching() -> Iterator[Progress]:
    """Progress of long work as bars on the terminal; as nothing where nobody watches."""
    from hub.flows.progress import SILENT

    if not sys.stderr.isatty():
        yield SILENT
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, TextColumn("{task.fields[dealer]}"), console=stderr(), transient=True) as bars:
        yield _Bars(bars)


class _Bars:
    """One bar a step."""

    def __init__(self, bars: Any) -> None:
        self.bars = bars
        self.tasks: dict[str, Any] = {}

    def advance(self, step: str, done: int, total: int, dealer: str | None = None) -> None:
        """See `hub.flows.progress.Progress`."""
        if step not in self.tasks:
            self.tasks[step] = self.bars.add_task(step, dealer="")
        self.bars.update(self.tasks[step], completed=done, total=total or None, dealer=dealer or "")


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
