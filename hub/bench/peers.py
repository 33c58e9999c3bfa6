"""The peers that benchmarks run beside the hub: never needed to run it, so they come as an extra."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from hub.errors import Invalid

EXTRA = "peers"


def require(*packages: str) -> dict[str, str]:
    """The versions of the packages.

    Raises:
        Invalid: one is not installed.
    """
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            raise Invalid(
                f"This benchmark compares with {package}, which is not installed: pip install 'dealer-hub[{EXTRA}]'."
            ) from None
    return found
