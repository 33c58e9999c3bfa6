"""People who sign in to the demo's pages, one of each role and two of rival dealers; the same ones at every call.

Their first passwords are made up and kept in the demo's folder, readable by its owner alone, so that a second call can
show them again. Whoever changes a password, or made such an account before, is left alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub.access.passwords import matches
from hub.flows.manage_accounts import create_account, made_up_password
from hub.store.accounts import find_account
from hub.store.engine import Database

FILE = "sign-in.json"
OWN = "its own password"  # shown where the demo does not know it


@dataclass(frozen=True)
class Person:
    """Somebody of the demo.

    Attributes:
        rival: place of the dealer among the network's first two; None for the importer's people.
        tries: what to look at first.
    """

    login: str
    name: str
    role: str
    rival: int | None
    tries: str


PEOPLE = (
    Person("olga", "Ольга Соколова", "head_office", None, "held uploads, dealers, conflicts, people and keys"),
    Person("anna", "Анна Петрова", "steward", None, "the queue: S same, D different, Z undo"),
    Person("ivan", "Иван Сидоров", "dealer", 0, "leads to answer, what to mend in last night's files"),
    Person("petr", "Пётр Иванов", "dealer", 1, "the same of a rival: neither sees the other"),
    Person("rita", "Рита Белова", "auditor", None, "who read and changed what"),
)


@dataclass(frozen=True)
class SignIn:
    """How one person signs in; ``password`` is `OWN` where the demo does not know it."""

    login: str
    password: str
    role: str
    dealer: str | None
    tries: str


def ready_accounts(db: Database, folder: Path, dealers: Sequence[str], at: datetime) -> list[SignIn]:
    """Make the accounts that are missing; returns how everybody signs in.

    Args:
        folder: of the demo, where the passwords are kept.
        dealers: codes of two dealers.
    """
    kept: dict[str, str] = json.loads((folder / FILE).read_text(encoding="utf-8")) if (folder / FILE).exists() else {}
    chosen = {person.login: kept.get(person.login) or made_up_password() for person in PEOPLE}
    _keep(folder / FILE, chosen)  # first: a password that is in the base alone is lost
    found = []
    with db.worker() as conn:
        for person in PEOPLE:
            dealer = None if person.rival is None else dealers[person.rival]
            password = chosen[person.login]
            account = find_account(conn, person.login)
            if account is None:
                create_account(conn, person.login, person.name, person.role, dealer, at, password=password)
            elif not matches(password, account.password_hash):
                password = OWN
            found.append(SignIn(person.login, password, person.role, dealer, person.tries))
    return found


def _keep(path: Path, passwords: dict[str, str]) -> None:
    """Replace the file whole; nobody but its owner may ever read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(passwords, file, indent=2)
    os.replace(draft, path)
