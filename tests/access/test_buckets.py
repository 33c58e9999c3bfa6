"""Token buckets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.access.buckets import Buckets, Rate, take

RATES = st.builds(Rate, st.floats(0.01, 1000), st.floats(1, 1000))


def test_so_many_at_once_and_then_at_the_rate() -> None:
    buckets = Buckets(Rate(2.0, 3.0))
    assert [buckets.take("a", 100.0) for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    assert buckets.take("b", 100.0) == 0
    assert buckets.wait("a", 100.5) == 0
    assert [buckets.take("a", 100.5) for _ in range(2)] == [0, 0.5]
    assert [buckets.take("a", 200.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_zero_is_any_number() -> None:
    buckets = Buckets(Rate(0.0, 0.0))
    assert {buckets.take("a", 1.0) for _ in range(1000)} == {0.0}


def test_what_is_full_again_is_forgotten_and_memory_is_bounded() -> None:
    buckets = Buckets(Rate(1.0, 1.0), most=10)
    for number in range(1000):
        buckets.take(number, 5.0)
        assert len(buckets._full_at) <= 10
    assert buckets.take(999, 5.0) == 1.0
    for number in range(11):
        buckets.take(f"later {number}", 1000.0 + number * 2)
    assert len(buckets._full_at) <= 10


@given(RATES, st.lists(st.integers(0, 100), max_size=40))
def test_never_more_than_the_bucket_and_what_ran_into_it(rate: Rate, pauses: list[int]) -> None:
    now, full_at, taken = 0.0, 0.0, 0
    for pause in pauses:
        now += pause / 10
        full_at, wait = take(rate, full_at, now)
        taken += wait == 0
        assert taken <= rate.at_once + rate.each_second * now + 1e-6
        if wait:
            assert take(rate, full_at, now + wait + 1e-6)[1] == 0
