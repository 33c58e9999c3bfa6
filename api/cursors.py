"""Signed cursors for keyset pagination: where a page ended, bound to the query and the caller that it belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from api.problems import BadCursor

_SIGNATURE = 16  # bytes of HMAC-SHA256 kept; 128 bits cannot be guessed
_LONGEST = 1000  # characters


@dataclass(frozen=True)
class Cursors:
    """Makes and reads cursors.

    Attributes:
        secret: the key of the signature, shared by all processes that serve one hub.
    """

    secret: bytes

    def sign(self, scope: str, position: list[Any]) -> str:
        """The cursor of a ``position`` (JSON values: the sort key of a page's last item).

        Args:
            scope: names route, filters and the caller's slice, so that a cursor works nowhere else.
        """
        body = json.dumps(position, separators=(",", ":"), ensure_ascii=False).encode()
        return _text(self._signature(scope, body) + body)

    def read(self, scope: str, cursor: str) -> list[Any]:
        """The position that ``sign`` wrote.

        Raises:
            BadCursor: the cursor was altered, or made for another scope.
        """
        try:
            if len(cursor) > _LONGEST:
                raise ValueError
            raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raw = b""
        signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
        # base64 spells some bytes in several ways: only the one that was given counts
        genuine = hmac.compare_digest(signature, self._signature(scope, body)) and cursor == _text(raw)
        if not raw or not genuine:
            raise BadCursor("The cursor is not one that this query gave. Begin again without `cursor`.")
        position: list[Any] = json.loads(body)
        return position

    def _signature(self, scope: str, body: bytes) -> bytes:
        text = scope.encode("utf-8", "surrogatepass")
        message = len(text).to_bytes(4) + text + body
        return hmac.new(self.secret, message, hashlib.sha256).digest()[:_SIGNATURE]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
