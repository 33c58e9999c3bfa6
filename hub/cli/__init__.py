"""The `dealerhub` command. One file a noun; each command parses, calls a flow and prints.

Modules are imported when a command runs, so that `dealerhub --help` answers at once.
"""

from __future__ import annotations


def main() -> None:
    """Entry point of the console script."""
    from hub.cli.app import run

    run()
