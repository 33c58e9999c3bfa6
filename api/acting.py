"""For whom a caller acts, and whom its requests mean."""

from __future__ import annotations

from api.auth import Session
from api.schemas.contacts import PartyRef
from hub.errors import Forbidden, Invalid
from hub.store.contact_parties import Reference


def acting_dealer(session: Session, given: str | None) -> str | None:
    """The caller's own dealer, or the one that the importer's people name (None: the importer itself).

    Raises:
        Forbidden: a dealer names another.
    """
    if session.dealer is None:
        return given
    if given not in (None, session.dealer):
        raise Forbidden("A dealer acts for itself; leave `dealer` out.")
    return session.dealer


def reference(session: Session, party: PartyRef) -> Reference:
    """The person meant; a dealer's record numbers are its own.

    Raises:
        Invalid: the importer's people do not say whose record number it is.
        Forbidden: a dealer names another's.
    """
    if party.golden_id is not None:
        return Reference(golden_id=party.golden_id)
    dealer = acting_dealer(session, party.dealer)
    if dealer is None:
        raise Invalid("Say whose `record_no` it is: give `dealer` beside it.")
    return Reference(dealer=dealer, feed=party.feed, record_no=party.record_no)
