"""Sealed cursors for keyset pagination: where a page ended, bound to the query and the caller that it belongs to.

A position may hold numbers that tell of the whole network, so it is encrypted: AES-SIV (RFC 5297), which needs no nonce and
gives one cursor for one position.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from api.problems import BadCursor

_LONGEST = 1000  # characters


@dataclass(frozen=True)
class Cursors:
    """Makes and reads cursors.

    Attributes:
        secret: what the key is made from, shared by all processes that serve one hub.
    """

    secret: bytes

    def seal(self, scope: str, position: list[Any]) -> str:
        """The cursor of a ``position`` (JSON values: the sort key of a page's last item).

        Args:
            scope: names route, filters and the caller's slice, so that a cursor works nowhere else.
        """
        body = json.dumps(position, separators=(",", ":"), ensure_ascii=False).encode()
        return _text(self._seal().encrypt(body, [_scope(scope)]))

    def read(self, scope: str, cursor: str) -> list[Any]:
        """The position that ``seal`` wrote.

        Raises:
            BadCursor: the cursor was altered, or made for another scope.
        """
        try:
            if len(cursor) > _LONGEST:
                raise ValueError
            raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            if cursor != _text(raw):  # base64 spells some bytes in several ways: only the one that was given counts
                raise ValueError
            body = self._seal().decrypt(raw, [_scope(scope)])
        except (ValueError, binascii.Error, InvalidTag):
            raise BadCursor("The cursor is not one that this query gave. Begin again without `cursor`.") from None
        position: list[Any] = json.loads(body)
        return position

    def _seal(self) -> AESSIV:
        return AESSIV(hashlib.sha512(b"cursor\0" + self.secret).digest())


def _scope(scope: str) -> bytes:
    return scope.encode("utf-8", "surrogatepass")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
