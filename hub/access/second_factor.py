"""Codes of an authenticator app: TOTP (RFC 6238), six digits, thirty seconds."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

STEP = 30  # seconds
DRIFT = 1  # steps that a phone's clock may be off


def new_secret() -> str:
    """A fresh secret, base 32."""
    return pyotp.random_base32()


def well_formed(secret: str) -> bool:
    """Whether it may be one that was made here."""
    return len(secret) == 32 and set(secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def enrolment_uri(secret: str, login: str) -> str:
    """What the app reads as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Dealer Hub")


def step_of(secret: str, code: str, at: datetime, last_step: int) -> int | None:
    """The time step that the code belongs to; None when it is wrong, or not newer than the last code that was taken."""
    totp = pyotp.TOTP(secret)
    present = int(at.timestamp()) // STEP
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(totp.at(step * STEP), code.strip()) and step > last_step:
            return step
    return None
