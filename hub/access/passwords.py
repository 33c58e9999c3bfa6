"""Passwords: argon2id (RFC 9106) with the library's recommended parameters, and what a password must be."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import Invalid

SHORTEST, LONGEST = 12, 256  # characters; NIST SP 800-63B asks for length, not for kinds of characters
hasher = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)


def hashed(password: str, login: str = "") -> str:
    """The hash to store.

    Raises:
        Invalid: too short, too long, or made of the login or of one character repeated.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"A password has {SHORTEST} to {LONGEST} characters; a sentence of four words is easy to keep.")
    if len(set(password)) < 5 or (login and login.lower() in password.lower()):
        raise Invalid("This password is easy to guess: take one without the login and with more different characters.")
    return hasher.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Whether the password is the one stored; takes as long when there is none."""
    try:
        return hasher.verify(stored or _nobodys(), password[: LONGEST + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's, so that it should be made anew."""
    return hasher.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    """A hash that no password has, to spend the same time on unknown logins."""
    return hasher.hash("\x00nobody's password\x00")
