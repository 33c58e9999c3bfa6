"""Numbers of uploads, offers and deliveries as dealers are told them: words that say nothing.

Such a number counts what happened in the whole network, so a dealer could read off two of its own how much the others
sent, or were offered, in between. Dealers are therefore told a keyed permutation of 64-bit numbers: a Feistel network of four
rounds, whose function is HMAC-SHA256 (Luby and Rackoff 1988). Nothing is stored; the same secret gives the same word.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Self

ROUNDS = 4
HALF = 32  # bits
_MASK = (1 << HALF) - 1
_WORD = re.compile(r"([a-z])([0-9a-f]{16})")


@dataclass(frozen=True)
class OpaqueIds:
    """Turns numbers of one kind into words and back.

    Attributes:
        secret: the key, shared by all processes that serve one hub.
        kind: of what is numbered; its first letter begins each word.
    """

    secret: bytes
    kind: str

    def word(self, number: int) -> str:
        """The word of a number, from 0 to 2⁶⁴ − 1."""
        left, right = number >> HALF, number & _MASK
        for turn in range(ROUNDS):
            left, right = right, left ^ self._mix(turn, right)
        return f"{self.kind[0]}{left << HALF | right:016x}"

    def number(self, word: str) -> int | None:
        """The number behind a word; None when it is none. A guessed word leads to a number that nothing has."""
        found = _WORD.fullmatch(word)
        if found is None or found[1] != self.kind[0]:
            return None
        value = int(found[2], 16)
        left, right = value >> HALF, value & _MASK
        for turn in reversed(range(ROUNDS)):
            left, right = right ^ self._mix(turn, left), left
        number = left << HALF | right
        return number if number < 1 << 63 else None

    def _mix(self, turn: int, half: int) -> int:
        message = self.kind.encode() + bytes([turn]) + half.to_bytes(4)
        return int.from_bytes(hmac.digest(self.secret, message, hashlib.sha256)[:4])


@dataclass(frozen=True)
class Words:
    """The words of everything that dealers are told by number."""

    uploads: OpaqueIds
    offers: OpaqueIds
    deliveries: OpaqueIds

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """The words of one hub."""
        return cls(OpaqueIds(secret, "upload"), OpaqueIds(secret, "offer"), OpaqueIds(secret, "delivery"))
