"""Numbers of uploads as the API tells them: a word that says nothing.

An upload's number counts the entries of the whole network, so a dealer could read off two of its own how much the others
sent in between. The API therefore shows the number in a keyed permutation of 64-bit numbers: a Feistel network of four
rounds, whose function is HMAC-SHA256 (Luby and Rackoff 1988). Nothing is stored; the same secret gives the same word.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

ROUNDS = 4
HALF = 32  # bits
_MASK = (1 << HALF) - 1
_WORD = re.compile(r"u([0-9a-f]{16})")


@dataclass(frozen=True)
class UploadIds:
    """Turns numbers of uploads into words and back.

    Attributes:
        secret: the key, shared by all processes that serve one hub.
    """

    secret: bytes

    def word(self, number: int) -> str:
        """The word of an upload's number, from 0 to 2⁶⁴ − 1."""
        left, right = number >> HALF, number & _MASK
        for turn in range(ROUNDS):
            left, right = right, left ^ self._mix(turn, right)
        return f"u{left << HALF | right:016x}"

    def number(self, word: str) -> int | None:
        """The number behind a word; None when it is none. A guessed word leads to a number that no upload has."""
        found = _WORD.fullmatch(word)
        if found is None:
            return None
        value = int(found[1], 16)
        left, right = value >> HALF, value & _MASK
        for turn in reversed(range(ROUNDS)):
            left, right = right ^ self._mix(turn, left), left
        number = left << HALF | right
        return number if number < 1 << 63 else None

    def _mix(self, turn: int, half: int) -> int:
        message = b"upload" + bytes([turn]) + half.to_bytes(4)
        return int.from_bytes(hmac.digest(self.secret, message, hashlib.sha256)[:4])
