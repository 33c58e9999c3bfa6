"""The state machine of claims: labelled cases, and an oracle that goes event by event."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.prospects.claims import claims
from hub.prospects.events import NEVER
from hub.prospects.policy import DAY, HOUR, start_policy
from tests.prospects.people import at, event, events

D1 = "2026-03-01 10:00"
CASES: list[tuple[str, list[dict[str, Any]], list[tuple[str, str | None, str, str]]]] = [
    ("a lead alone lives 72 hours", [event("A", "lead", D1)], [(D1, None, "2026-03-04 10:00", "expired")]),
    ("contact proves it; 30 days of silence end it", [event("A", "lead", D1), event("A", "contact", "2026-03-02")],
     [(D1, "2026-03-02", "2026-04-01", "expired")]),
    ("contact alone begins a claim", [event("A", "contact", D1)], [(D1, D1, "2026-03-31 10:00", "expired")]),
    ("contact after the lead expired begins another", [event("A", "lead", D1), event("A", "contact", "2026-03-10")],
     [(D1, None, "2026-03-04 10:00", "expired"), ("2026-03-10", "2026-03-10", "2026-04-09", "expired")]),
    ("90 days without a milestone",
     [event("A", "contact", f"2026-{m:02}-{d:02}") for m, d in [(1, 1), (1, 20), (2, 10), (3, 5), (3, 25)]],
     [("2026-01-01", "2026-01-01", "2026-04-01", "expired")]),
    ("a milestone begins the 90 days anew, 180 at most",
     [event("A", "contact", f"2026-{m:02}-{d:02}") for m, d in [(1, 1), (1, 20), (2, 10), (3, 5), (4, 10), (5, 5), (5, 25),
     (6, 20)]]
     + [event("A", "milestone", "2026-03-20")], [("2026-01-01", "2026-01-01", "2026-06-18", "expired"), ("2026-06-20",
     "2026-06-20", "2026-07-20", "expired")]),
    ("given up", [event("A", "lead", D1), event("A", "lost", "2026-03-02")], [(D1, None, "2026-03-02", "lost")]),
    ("delivered by a rival", [event("A", "lead", D1), event("B", "won", "2026-03-02")], [(D1, None, "2026-03-02", "lost")]),
    ("won", [event("A", "contact", D1), event("A", "won", "2026-03-20")], [(D1, D1, "2026-03-20", "won")]),
    ("dated back: counts from when it was seen, ends by its date: never lives",
     [event("A", "lead", "2026-01-01", "2026-03-01")], []),
    ("contact dated back: counts from when it was seen, silence from its date",
     [event("A", "contact", "2026-02-10", "2026-03-01")], [("2026-03-01", "2026-03-01", "2026-03-12", "expired")]),
    ("on the hub's first day dates are believed", [event("A", "contact", "2026-02-10", "2026-03-01", hub_day=True)],
     [("2026-02-10", "2026-02-10", "2026-03-12", "expired")]),
    ("dated ahead: counts when seen",
     [event("A", "lead", "2026-05-01", "2026-03-01")], [("2026-03-01", None, "2026-03-04", "expired")]),
    ("an outcome that says nobody answered", [event("A", "contact", D1, outcome="не ответил")], []),
    ("an answer", [event("A", "contact", D1, outcome="дозвонились")], [(D1, D1, "2026-03-31 10:00", "expired")]),
    ("one of a phone book", [event("A", "lead", D1, crowd=5000)], []),
    ("one of a phone book, with contact", [event("A", "lead", D1, crowd=5000), event("A", "contact", "2026-03-02")],
     [("2026-03-02", "2026-03-02", "2026-04-01", "expired")]),
]  # fmt: skip


@pytest.mark.parametrize(("told", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_lives_of_claims(told: list[dict[str, Any]], wanted: list[tuple[str, str | None, str, str]]) -> None:
    found = claims(events(told), start_policy()).filter(dealer="A").select("opened", "proven", "until", "ending")
    assert found.rows() == [(at(o), at(p) if p else NEVER, at(u), ending) for o, p, u, ending in wanted]


def oracle(rows: list[dict[str, Any]]) -> list[tuple[int, int, int, str]]:
    """The claims of one dealer, by the words of the policy, one event after the other."""
    terms, tolerance, out, claim = start_policy().terms, start_policy().tolerance, [], None

    def ends(c: dict[str, int]) -> int:
        if c["proven"] == NEVER:
            return c["said"] + terms.provisional
        return min(c["last"] + terms.silence, c["term"] + terms.protected, c["said"] + terms.longest)

    def close(c: dict[str, int], until: int, ending: str) -> None:
        if until > c["opened"]:
            out.append((c["opened"], c["proven"], until, ending))

    timed = []
    for row in rows:
        said = min(row["stated"], row["seen"])
        timed.append((said if said >= row["seen"] - tolerance else row["seen"], row["kind"], said, row["source"]))
    for now, kind, said, _ in sorted(timed):
        if claim and ends(claim) <= now:
            close(claim, ends(claim), "expired")
            claim = None
        if kind >= 3:
            if claim:
                close(claim, now, ("lost", "withdrawn", "won")[kind - 3])
                claim = None
            continue
        if said + (terms.provisional if kind == 0 else terms.silence) <= now:
            continue
        claim = claim or {"opened": now, "said": said, "proven": NEVER, "last": 0, "term": 0}
        if kind > 0:
            fresh = claim["proven"] == NEVER
            claim["last"] = said if fresh else max(claim["last"], said)
            claim["term"] = said if fresh or kind == 2 else claim["term"]
            claim["proven"] = now if fresh else claim["proven"]
    if claim:
        close(claim, ends(claim), "expired")
    return out


KINDS = ["lead", "contact", "milestone", "lost", "withdrawn", "won"]
told_events = st.lists(
    st.builds(
        lambda kind, day, late: event("A", kind, at("2026-01-01") + day * DAY // 4,
        at("2026-01-01") + day * DAY // 4 + late * 12 * HOUR),
        st.sampled_from(KINDS), st.integers(0, 1200), st.integers(0, 90) | st.just(0),
    ),
    min_size=1, max_size=25,
)  # fmt: skip


@given(told_events, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_all_at_once_equals_one_after_the_other(rows: list[dict[str, Any]], random: Any) -> None:
    rows = [row | {"source": str(number)} for number, row in enumerate(rows)]
    shuffled = list(rows)
    random.shuffle(shuffled)
    found = claims(events(shuffled), start_policy()).select("opened", "proven", "until", "ending").rows()
    assert found == oracle(rows)
