"""May this person be contacted, by whom, for what, over which channel, when: yes or no, with every reason.

Each rule says its word whatever the others say, so an answer holds all reasons at once. A rule that forbids for a time
says until when; the next possible time is the first moment at which no rule forbids any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hub.contact.caps import Event, free_at, room
from hub.contact.consent import (
    EXPIRED,
    GRANTED,
    LEGAL,
    SILENCE,
    UNKNOWN,
    WITHDRAWN,
    ConsentState,
    Statement,
    consent_state,
    controller_of,
)
from hub.contact.policy import Cap, Hours, Policy
from hub.contact.quiet import open_from

# code → what it says to a person; docs/contact.md tables them
REASONS = {
    "unknown_party": "No such person is known.",
    "not_a_person": "This record stands for nobody: it collects the sales of unknown people.",
    "legal_stop": "A legal stop forbids every contact.",
    "do_not_contact": "The person wants no contact.",
    "processing_withdrawn": "The person has withdrawn the consent to processing.",
    "consent_withdrawn": "The person has withdrawn the consent.",
    "consent_expired": "The consent has run out.",
    "consent_missing": "There is no consent, and this purpose needs one.",
    "consent_granted": "The person has consented.",
    "consent_unknown": "Nothing is known of a consent; the policy goes ahead without.",
    "consent_run_out": "The consent has run out; the policy goes ahead without.",
    "owned": "The person is another dealer's prospect.",
    "cap": "The person has been contacted often enough.",
    "kept_slot": "The last contact of this span is kept for a more important campaign.",
    "household_cap": "The household has been contacted often enough.",
    "quiet_hours": "It is not the hour to reach the person.",
    "not_now": "The person cannot be contacted now.",
    "not_permitted": "The person may not be contacted for this.",
}
_STOPS = {LEGAL: "legal_stop", "any": "do_not_contact", "processing": "processing_withdrawn"}
_MOST_STEPS = 50  # moments looked at for the next possible time


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to do; the same for all persons of one request.

    Attributes:
        purpose: one of `hub.contact.policy.PURPOSES`.
        channel: one of `hub.contact.policy.CHANNELS`.
        dealer: whose contact it is; None: the importer's own.
        priority: of the campaign, 0 to 9.
        guarded: a dealer itself asks, so that times must not tell what others did.
    """

    purpose: str
    channel: str
    dealer: str | None
    priority: int
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose prospect the person is for the brand and purpose concerned.

    Attributes:
        until: when it ends if nothing further happens; None: open.
        seed: some number of the person's own that does not change from one question to the next.
    """

    dealer: str
    until: datetime | None
    seed: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person.

    Attributes:
        zone: IANA time zone, by the asking dealer's own records where it has any.
        elsewhere: another zone that other dealers' records give.
        nobody: all its records are house accounts.
        events: contacts with the person.
        household: contacts with the other people of the household.
    """

    zone: str
    elsewhere: str | None = None
    nobody: bool = False
    statements: tuple[Statement, ...] = ()
    events: tuple[Event, ...] = ()
    household: tuple[Event, ...] = ()
    owner: Ownership | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule's word.

    Attributes:
        code: one of `REASONS`.
        forbids: it stands against the contact.
        until: when it ceases to; None: not by itself.
        cap: name of the policy's cap, for codes that concern one.
        own: it rests on the asking dealer's own records alone, or on the clock.
    """

    code: str
    forbids: bool
    until: datetime | None = None
    cap: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one person.

    Attributes:
        next_possible_at: the first moment when no rule forbids it, as things stand; None: not by itself. For what is
            permitted, the moment asked about.
    """

    permitted: bool
    reasons: tuple[Reason, ...]
    next_possible_at: datetime | None


def decide(ask: Ask, facts: Facts | None, at: datetime, policy: Policy) -> Verdict:
    """The answer for one person (None: unknown) and one moment."""
    return Judge(ask, policy).decide(facts, at)


class Judge:
    """The rules as one request meets them: what is the same for all of its people is worked out once."""

    def __init__(self, ask: Ask, policy: Policy) -> None:
        rules = policy.rules(ask.purpose)
        self.ask, self.policy = ask, policy
        self._asking = controller_of(ask.dealer)
        self._rules = rules
        self._caps = [cap for cap in policy.caps if cap.concerns(ask.purpose, ask.channel)]
        self._hours = policy.open_hours(ask.purpose, ask.channel)
        self._silence = tuple(self._consent(SILENCE))
        self._open: dict[tuple[str, datetime], datetime] = {}

    def decide(self, facts: Facts | None, at: datetime) -> Verdict:
        """The answer for one person (None: unknown) and one moment."""
        ask = self.ask
        if facts is not None and facts.owner is not None and ask.guarded and facts.owner.dealer != ask.dealer:
            facts = replace(facts, owner=_veiled(facts.owner, at, self.policy.longest))
        reasons = tuple(self.judge(facts, at))
        against = [reason for reason in reasons if reason.forbids]
        return Verdict(not against, reasons, self._next(facts, at, against))

    def _next(self, facts: Facts | None, at: datetime, against: list[Reason]) -> datetime | None:
        for _ in range(_MOST_STEPS):
            if not against:
                return at
            ends = [reason.until for reason in against if reason.until is not None]
            if len(ends) < len(against):
                return None
            at = max(ends)
            against = [reason for reason in self.judge(facts, at) if reason.forbids]
        return None

    def judge(self, facts: Facts | None, at: datetime) -> list[Reason]:
        """What every rule says, in the order of weight: law, the person's own will, other dealers, the network, the hour."""
        if facts is None:
            return [Reason("unknown_party", True, own=True)]
        said = [Reason("not_a_person", True, own=True)] if facts.nobody else []
        if facts.statements:
            said += self._stops(facts.statements, at)
            if self._rules.consent is not None:
                said += self._consent(self._state(facts.statements, self._rules.consent, at))
        else:
            said += self._silence
        if facts.owner is not None and self._rules.ownership is not None:
            said += _ownership(self.ask, facts.owner, at)
        if facts.events or facts.household:
            for cap in self._caps:
                said += _cap(cap, self.ask, facts, at)
        if self._hours is not None:
            said += self._quiet(facts, at, self._hours)
        return said

    def _stops(self, statements: Sequence[Statement], at: datetime) -> Iterator[Reason]:
        for stop in self._rules.stops:
            state = self._state(statements, stop, at)
            if state.status == WITHDRAWN:
                yield Reason(_STOPS[stop], True, own=stop != LEGAL and _is_own(self.ask, state))

    def _consent(self, state: ConsentState) -> Iterator[Reason]:
        if self._rules.consent is None:
            return
        if state.status == WITHDRAWN:
            yield Reason("consent_withdrawn", True, own=_is_own(self.ask, state))
        elif state.status == GRANTED:
            yield Reason("consent_granted", False, own=True)
        elif state.status in self._rules.without:
            yield Reason("consent_unknown" if state.status == UNKNOWN else "consent_run_out", False, own=True)
        else:
            yield Reason("consent_expired" if state.status == EXPIRED else "consent_missing", True, own=True)

    def _state(self, statements: Sequence[Statement], purpose: str, at: datetime) -> ConsentState:
        channel = None if purpose in ("processing", LEGAL) else self.ask.channel
        return consent_state(statements, self._asking, purpose, channel, at, self.policy.reach)

    def _quiet(self, facts: Facts, at: datetime, hours: Hours) -> Iterator[Reason]:
        """Where records differ on where the person lives, it must be the hour in both places."""
        begin = self._open_from(hours, at, facts.zone)
        if begin > at:
            yield Reason("quiet_hours", True, begin, own=True)
        if facts.elsewhere and (there := self._open_from(hours, at, facts.elsewhere)) > at:
            yield Reason("quiet_hours", True, _hour(there) if self.ask.guarded else there)

    def _open_from(self, hours: Hours, at: datetime, zone: str) -> datetime:
        key = zone, at
        if key not in self._open:
            self._open[key] = open_from(hours, at, zone)
        return self._open[key]


def _is_own(ask: Ask, state: ConsentState) -> bool:
    return state.by is not None and ask.dealer is not None and state.by.holder == ask.dealer


def _ownership(ask: Ask, owner: Ownership, at: datetime) -> Iterator[Reason]:
    """Another dealer's prospect is left to that dealer. The importer is no rival: it asks for its own campaigns."""
    if ask.dealer in (None, owner.dealer) or (owner.until is not None and owner.until <= at):
        return
    yield Reason("owned", True, owner.until)


def _veiled(owner: Ownership, at: datetime, span: timedelta) -> Ownership:
    """An end such as a cap would give: a rival's claim must not be told by how long it lasts.

    Moments a span apart, the same ones each time that somebody asks about this person.
    """
    seconds = max(span.total_seconds(), 3600.0)
    offset = owner.seed * 7919 % int(seconds)
    passed = (at.timestamp() - offset) // seconds + 1
    end = _hour(datetime.fromtimestamp(passed * seconds + offset, UTC))
    return replace(owner, until=min(end, _hour(owner.until)) if owner.until is not None else end)


def _cap(cap: Cap, ask: Ask, facts: Facts, at: datetime) -> Iterator[Reason]:
    counted = [one for one in facts.events if cap.concerns(one.purpose, one.channel)]
    if cap.per == "household":
        counted += [one for one in facts.household if cap.concerns(one.purpose, one.channel)]
    if not counted:
        return
    most = room(cap, ask.priority)
    until = free_at([one.at for one in counted], at, cap.window, most)
    if until <= at:
        return
    mine = free_at([one.at for one in counted if one.dealer == ask.dealer], at, cap.window, most)
    own = cap.per == "person" and mine >= until
    kept = cap.per == "person" and free_at([one.at for one in counted], at, cap.window, cap.most) <= at
    code = "household_cap" if cap.per == "household" else "kept_slot" if kept else "cap"
    yield Reason(code, True, _hour(until) if ask.guarded and not own else until, cap.name, own)


def _hour(at: datetime) -> datetime:
    """The next full hour: to the second, a time would tell what happened when."""
    return at if not (at.minute or at.second or at.microsecond) else (
        at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    )  # fmt: skip


def for_dealer(verdict: Verdict) -> Verdict:
    """The verdict as the dealer may read it that asked (`Ask.guarded`).

    What rests on its own records, or on the clock, is told in full. The rest becomes one of two reasons that look alike
    whether a rival contacted the person, reserved a contact or holds the prospect: `not_now` or `not_permitted`.
    """
    told = [reason for reason in verdict.reasons if reason.own]
    hidden = [reason for reason in verdict.reasons if not reason.own and reason.forbids]
    if any(reason.until is None for reason in hidden):
        told.append(Reason("not_permitted", True))
    elif hidden:
        ends = [reason.until for reason in hidden if reason.until is not None]
        told.append(Reason("not_now", True, max(ends)))
    return Verdict(verdict.permitted, tuple(told), verdict.next_possible_at)
