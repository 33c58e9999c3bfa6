"""The law of the fold: the base is a function of the set of files, however they arrived."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.flows.revoke import revoke
from tests.flows.inbox import DAY, NOON, Hub, Sent, person

COLUMNS = ("record_no", "last_name", "first_name", "phones", "city")
LOOKS = [
    ("Иванов", "Пётр", "+7 916 111-22-33", "Тверь"),
    ("Иванов", "Пётр", "+7 916 111-22-33", "Клин"),
    ("Абрамова", "Ольга", "+7 916 999-88-77", "Клин"),
]


@st.composite
def files(draw: st.DrawFn) -> list[Sent]:
    """Up to six files of four records over four days."""
    found = []
    for number in range(draw(st.integers(2, 6))):
        held = draw(st.dictionaries(st.sampled_from("1234"), st.sampled_from(LOOKS), min_size=0, max_size=4))
        rows = tuple(
            person(no, last, first, phones=phone, city=city) for no, (last, first, phone, city) in held.items()
        )
        minutes = draw(st.integers(0, 9)) * 10 + number
        day = DAY + timedelta(days=draw(st.integers(0, 3)))
        received_at = NOON + timedelta(minutes=minutes)
        found.append(Sent(f"f{number}", day, rows, received_at, draw(st.booleans()), columns=COLUMNS))
    return found


def load(hub: Hub, sent: Sequence[Sent], runs: Sequence[int]) -> dict[str, int]:
    """Let files arrive in this order, and stage after each whose run number differs from the next one's."""
    hub.forget()
    ids = {}
    for place, file in enumerate(sent):
        ids[file.name] = hub.arrive(file)
        if place + 1 == len(sent) or runs[place] != runs[place + 1]:
            summary = hub.stage()
            assert not summary.failures
    return ids


@given(files(), st.integers(0, 10**6))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_order_and_splitting_mean_nothing(hub: Hub, sent: list[Sent], seed: int) -> None:
    chance = random.Random(seed)
    load(hub, sorted(sent, key=lambda file: (file.day, file.received_at)), [0] * len(sent))
    expected = hub.state()
    shuffled = chance.sample(sent, len(sent))
    load(hub, shuffled, [chance.randrange(3) for _ in sent])
    assert hub.state() == expected


@given(files(), st.integers(0, 10**6))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_revoked_file_is_as_if_it_never_came(hub: Hub, sent: list[Sent], seed: int) -> None:
    chance = random.Random(seed)
    bad = chance.choice(sent)
    load(hub, [file for file in sent if file is not bad], [0] * len(sent))
    expected = hub.state()
    ids = load(hub, sent, [chance.randrange(3) for _ in sent])
    if hub.rows("SELECT status FROM upload WHERE upload_id = :u", u=ids[bad.name]) != [("accepted",)]:
        return  # a duplicate counts for nothing: there is nothing to revoke
    revoke(hub.db, hub.archive, hub.gate, ids[bad.name], "test")
    assert hub.state() == expected


@pytest.mark.parametrize("delta", [False, True])
def test_backfill_of_many_days_in_random_order(hub: Hub, delta: bool) -> None:
    chance = random.Random(14)
    sent = [
        Sent(
            f"f{day}",
            DAY + timedelta(days=day),
            tuple(
                person(str(no), *chance.choice(LOOKS[:2])[:2], city=f"Город {chance.randrange(3)}")
                for no in sorted(chance.sample(range(12), 8))
            ),
            NOON + timedelta(days=day),
            delta,
            columns=COLUMNS,
        )
        for day in range(15)
    ]
    load(hub, sent, list(range(15)))
    expected = hub.state()
    load(hub, chance.sample(sent, 15), list(range(15)))
    assert hub.state() == expected
