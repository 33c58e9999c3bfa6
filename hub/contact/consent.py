"""Consents: what the statements on the records of one person amount to.

A statement stands on a source record and is never changed. What holds for a golden party is computed from the
statements of its present members, so a merge joins them and an unmerge takes them apart again.

Statements of one record to one controller for one purpose are a *line*; of those that cover the channel asked about the
latest is the line's word. Between lines the strictest holds: a withdrawal wins over everything, a consent in force over one
that ran out. That nothing was said (`UNKNOWN`) is no denial: what follows from it is the policy's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.feeds import CHANNELS, CONSENTS

ANY = "any"  # all channels; as a purpose: do not contact at all
LEGAL = "legal"  # a purpose of the API alone: legal stop
GRANTED, WITHDRAWN, EXPIRED, UNKNOWN = "granted", "withdrawn", "expired", "unknown"
PURPOSES = (*CONSENTS.column("purpose").choices, ANY, LEGAL)
CONSENT_CHANNELS = tuple(CHANNELS.split())
CONTROLLER, NETWORK = "controller", "network"  # whom a withdrawal binds


@dataclass(frozen=True, slots=True)
class Controller:
    """To whom a consent is given: the importer, the manufacturer, or one dealer.

    Attributes:
        kind: "dealer", "importer" or "manufacturer".
        dealer: its code, for kind "dealer" alone.
    """

    kind: str
    dealer: str | None = None


IMPORTER = Controller("importer")


def controller_of(dealer: str | None) -> Controller:
    """The controller that a dealer, or the importer (None), is."""
    return Controller("dealer", dealer) if dealer else IMPORTER


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person said of one consent, as one source record has it.

    Attributes:
        record: identity of the source record.
        holder: the dealer whose record it is, or that recorded it; None: the importer.
        purpose: one of `PURPOSES`.
        channel: one of `CONSENT_CHANNELS`.
        status: `GRANTED` or `WITHDRAWN`.
        at: when it was said; never later than the hub learned of it, whatever the dealer claims.
        expires_at: when a consent ends by itself; a withdrawal never does.
        flag: it is the dealer's `opted_out`, a state without a time: no consent of the same record lifts it.
    """

    record: UUID
    holder: str | None
    controller: Controller
    purpose: str
    channel: str
    status: str
    at: datetime
    expires_at: datetime | None = None
    flag: bool = False


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What holds, and the statement that decided (None: nobody said anything)."""

    status: str
    by: Statement | None = None


SILENCE = ConsentState(UNKNOWN)
_STRICTEST = {WITHDRAWN: 3, GRANTED: 2, EXPIRED: 1, UNKNOWN: 0}


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a withdrawal binds: the controller that it was told to, or everybody in the network.

    Attributes:
        purposes: purpose → `CONTROLLER` or `NETWORK`; a purpose not named binds its controller.
        flag: the same for a dealer's `opted_out`.
    """

    purposes: Mapping[str, str]
    flag: str = CONTROLLER

    def binds(self, statement: Statement, asking: Controller) -> bool:
        """Whether a withdrawal binds the controller that asks."""
        if statement.controller == asking:
            return True
        reach = self.flag if statement.flag else self.purposes.get(statement.purpose, CONTROLLER)
        return reach == NETWORK


def consent_state(
    statements: Iterable[Statement],
    asking: Controller,
    purpose: str,
    channel: str | None,
    at: datetime,
    reach: Reach,
) -> ConsentState:
    """The consent of one person, from all statements on that person's records.

    Args:
        asking: who wants to rely on it. Only what was granted to that very controller counts as granted.
        channel: None: what was said of any channel counts, as for purposes that use none (transfer, processing).
        at: the moment asked about; it decides what has run out.
    """
    lines: dict[tuple[object, ...], Statement] = {}
    for one in statements:
        if one.purpose != purpose or not (channel is None or one.channel in (channel, ANY)):
            continue
        line = (one.record, one.controller, one.flag)
        known = lines.get(line)
        if known is None or _rank(one) > _rank(known):
            lines[line] = one
    words = list(lines.values())
    if len(words) > 1:
        words.sort(key=lambda one: (one.controller != asking, *_order(one)))
    best = SILENCE
    for word in words:
        status = _status(word, asking, at, reach)
        if _STRICTEST[status] > _STRICTEST[best.status]:
            best = ConsentState(status, word)
    return best


def _status(word: Statement, asking: Controller, at: datetime, reach: Reach) -> str:
    if word.status == WITHDRAWN:
        return WITHDRAWN if reach.binds(word, asking) else UNKNOWN
    if word.controller != asking:
        return UNKNOWN
    return EXPIRED if word.expires_at is not None and word.expires_at <= at else GRANTED


def _rank(one: Statement) -> tuple[object, ...]:
    """The latest word on a line; of two at one moment the withdrawal, then the consent that runs longer."""
    end = one.expires_at
    return one.at, one.status == WITHDRAWN, end is None, end or one.at, one.channel, one.holder or ""


def _order(one: Statement) -> tuple[object, ...]:
    """An order that does not depend on how statements arrived: the latest first, a flag last."""
    return one.flag, -one.at.timestamp(), str(one.record), one.controller.kind, one.controller.dealer or ""
