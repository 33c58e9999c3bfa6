"""The account that the embedded server runs as: one's own, or a special one when one is root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NAME = "dealerhub"


@dataclass(frozen=True)
class Account:
    """An account, and whether this process must change to it."""

    uid: int
    gid: int
    foreign: bool  # True: this process is root, and the server must not be

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, from a folder that it can enter; returns its status and messages."""
        try:
            return subprocess.run(
                [str(word) for word in command],
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={**os.environ, "LC_ALL": "C"},
                check=False,
                user=self.uid if self.foreign else None,
                group=self.gid if self.foreign else None,
                extra_groups=[] if self.foreign else None,
            )
        except OSError as error:
            return subprocess.CompletedProcess([str(word) for word in command], 126, "", str(error))

    def can_enter(self, folder: Path) -> bool:
        """Whether the account can reach what lies in ``folder``, which exists."""
        return not self.foreign or self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def can_run(self, program: Path) -> bool:
        """Whether the account can execute ``program``."""
        return not self.foreign or self.run([program, "--version"]).returncode == 0

    def own(self, path: Path) -> None:
        """Give ``path`` to the account."""
        if self.foreign:
            os.chown(path, self.uid, self.gid)

    def owns(self, path: Path) -> bool:
        """Whether ``path`` belongs to the account."""
        return path.stat().st_uid == self.uid


def server_account(data: Path) -> Account:
    """The account for the server whose data directory is (or will be) ``data``.

    PostgreSQL refuses to run as root. Then it runs as whoever owns the data already, else as the account
    `dealerhub`, created on first use, else (no right or no program to create one) as `nobody`.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), foreign=False)
    if data.is_dir() and (owner := data.stat().st_uid) != 0:
        return Account(owner, data.stat().st_gid, foreign=True)
    entry = _special_account()
    return Account(entry.pw_uid, entry.pw_gid, foreign=True)


def _special_account() -> pwd.struct_passwd:
    """The account `dealerhub`, else `nobody`."""
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    if program := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        words = ["--system", "--no-create-home", "--home-dir", "/", "--shell", "/usr/sbin/nologin", NAME]
        subprocess.run([program, *words], capture_output=True, check=False)
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return pwd.getpwnam("nobody")
