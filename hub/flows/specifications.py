"""Bring specifications into the base: from then on files are read by them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from hub.dealers import documents
from hub.dealers.specification import Specification
from hub.errors import Invalid
from hub.store import uploads
from hub.store.engine import Database
from hub.store.specifications import install_specification, latest_specifications, specification_bodies


def read_specifications(paths: Iterable[Path]) -> dict[str, Specification]:
    """The specifications of files and folders by name, bases merged in.

    Raises:
        Invalid: one cannot be read, or two have one name.
    """
    found: dict[str, Specification] = {}
    for path in paths:
        read = documents.load_folder(path) if path.is_dir() else {path.stem: documents.load(path)}
        if twice := sorted(found.keys() & read.keys()):
            raise Invalid(f"{path}: a specification {twice[0]!r} was given already.")
        found |= read
    return found


def apply_specifications(db: Database, paths: Iterable[Path]) -> list[str]:
    """Install all specifications, or none if one is faulty; returns the names of those that are new or changed.

    Raises:
        Invalid: one is faulty, or its name is no dealer's code.
    """
    read = read_specifications(paths)
    bodies = {name: documents.dump(specification) for name, specification in read.items()}
    now = datetime.now(UTC)
    with db.worker() as conn:
        if strangers := sorted(set(bodies) - set(uploads.dealers(conn))):
            raise Invalid(
                f"No dealer {strangers[0]!r}: a specification's file bears the dealer's code; bases lie in bases/. "
                "`dealerhub dealers sync` brings the importer's registry in."
            )
        latest = latest_specifications(conn, bodies)
        before = specification_bodies(conn, latest.values())
        changed = [name for name, body in bodies.items() if name not in latest or before[latest[name]] != body]
        for name in changed:
            install_specification(conn, name, bodies[name], now)
    return changed
