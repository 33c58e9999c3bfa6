"""Taking turns: nginx's own example, and the laws that make it fair."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from hub.routing.allocation import take_turn, turn_weights

WEIGHTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 1000), min_size=1)


def turns(weights: dict[str, int], count: int) -> list[str]:
    balance: dict[str, int] = {}
    chosen = []
    for _ in range(count):
        turn = take_turn(weights, balance)
        balance = turn.credits
        chosen.append(turn.chosen)
    return chosen


def test_the_sequence_of_nginx() -> None:
    assert "".join(turns({"a": 5, "b": 1, "c": 1}, 7)) == "aabacaa"


@given(WEIGHTS)
def test_after_a_full_round_each_has_its_weight(weights: dict[str, int]) -> None:
    small = {code: weight % 7 + 1 for code, weight in weights.items()}
    assert Counter(turns(small, sum(small.values()))) == small


@given(WEIGHTS, st.integers(1, 300))
def test_nobody_is_ever_far_from_its_share(weights: dict[str, int], count: int) -> None:
    got, total = Counter(turns(weights, count)), sum(weights.values())
    for code, weight in weights.items():
        assert abs(got[code] - count * weight / total) < len(weights)


@given(st.lists(WEIGHTS, min_size=1, max_size=60))
def test_credits_stay_balanced_whoever_stands_in_line(lines: list[dict[str, int]]) -> None:
    balance: dict[str, int] = {}
    for weights in lines:
        turn = take_turn(weights, balance)
        assert turn.chosen in weights
        balance.update(turn.credits)
    assert sum(balance.values()) == 0


@given(WEIGHTS, st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-5000, 5000)))
def test_the_same_input_gives_the_same_turn(weights: dict[str, int], balance: dict[str, int]) -> None:
    backwards = dict(reversed(weights.items()))
    assert take_turn(weights, balance) == take_turn(backwards, dict(reversed(balance.items())))


# shares, capacities → weights
def test_weights_from_shares_else_capacities() -> None:
    cases = [
        ({"a": 0.2, "b": 0.1}, {"a": 1, "b": 9}, {"a": 1000, "b": 500}),
        ({"a": 0.2, "b": None}, {"a": 1, "b": 9}, {"a": 1000, "b": 1000}),
        ({"a": None, "b": None}, {"a": 10, "b": 5}, {"a": 1000, "b": 500}),
        ({"a": None, "b": None}, {"a": 10, "b": None}, {"a": 1000, "b": 1000}),
        ({"a": None, "b": None}, {"a": None, "b": None}, {"a": 1000, "b": 1000}),
        ({"a": 0.0, "b": 0.5}, {"a": None, "b": None}, {"a": 1, "b": 1000}),
        ({"a": 0.0, "b": 0.0}, {"a": None, "b": None}, {"a": 1, "b": 1}),
    ]
    for shares, capacities, expected in cases:
        assert turn_weights(shares, capacities) == expected
