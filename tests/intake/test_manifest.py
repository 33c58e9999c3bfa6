"""A manifest is believed only when rows, bytes and SHA-256 all agree."""

from __future__ import annotations

import pytest

from hub.errors import Invalid
from hub.intake.manifest import Manifest, disagreement, parse_manifest

SUM = "ab" * 32


def test_a_manifest_is_read() -> None:
    assert parse_manifest(f'{{"rows": 3, "bytes": 40, "sha256": "{SUM.upper()}"}}') == Manifest(3, 40, SUM)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "JSON"),
        ("[]", "object"),
        ('{"bytes": 1}', "rows"),
        ('{"rows": true, "bytes": 1}', "rows"),
        ('{"rows": 1, "bytes": "1"}', "bytes"),
        ('{"rows": 1, "bytes": 1, "sha256": "x"}', "sha256"),
    ],
)
def test_a_wrong_manifest_names_the_key(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        parse_manifest(text)


@pytest.mark.parametrize(
    ("rows", "size", "sha256", "says"),
    [(3, 40, SUM, None), (2, 40, SUM, "rows"), (3, 41, SUM, "bytes"), (3, 40, "cd" * 32, "SHA-256")],
)
def test_all_three_agree_or_the_file_waits(rows: int, size: int, sha256: str, says: str | None) -> None:
    found = disagreement(Manifest(3, 40, SUM), rows, size, sha256)
    assert (found is None) == (says is None)
    assert found is None or (says in found.reason and found.holds)  # type: ignore[operator]
