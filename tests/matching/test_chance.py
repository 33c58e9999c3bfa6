"""What the names of companies agree in by chance, and files that tell little beside them."""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.matching.adapt import adapt, caps_of
from hub.matching.chance import DRAWS, chance_levels
from hub.matching.cluster import COMPONENT_CAP
from hub.matching.crowding import LARGEST, Caps, caps
from hub.matching.evaluate import quality
from hub.matching.keys import BLOCK_CAP
from hub.matching.model import start_model
from hub.matching.records import Records
from hub.matching.resolve import prepare, resolve
from hub.normalize.party import party_records

FIRST = ("Nordlicht", "Habicht", "Silbermond", "Kranich", "Bernstein", "Wacholder", "Falken", "Zypressen", "Granit")
MIDDLE = ("Anker", "Brunnen", "Distel", "Erker", "Fichten", "Giebel", "Hafer", "Insel", "Koralle", "Linden", "Mohn")
LAST = ("Maschinenbau", "Spedition", "Verlag", "Druckerei", "Optik", "Textil", "Holzhandel", "Kunststoffe")


def names(count: int) -> list[str]:
    """Different names of three words, a few of the many that there could be."""
    words = (*FIRST, *MIDDLE, *LAST)
    found = [f"{a} {b} {c}" for a in words for b in words for c in words if len({a, b, c}) == 3]
    return [found[k * 7919 % len(found)] for k in range(count)]


def records(parties: np.ndarray, slips: int = 0) -> Records:
    """Companies that tell their names alone; every ``slips``-th record has a slip in it."""
    given = names(int(parties.max()) + 1)
    written = [
        given[party] if not slips or k % slips else given[party].replace("i", "ie", 1)
        for k, party in enumerate(parties.tolist())
    ]
    rows = pl.DataFrame({"company_name": written, "kind": ["company"] * len(written)})
    return prepare(party_records(rows).with_columns(id=pl.format("{}", pl.int_range(len(rows)))))


def test_chance_is_told_from_the_words_and_not_from_repeated_names() -> None:
    once, often = (chance_levels(records(np.repeat(np.arange(300), times))) for times in (1, 4))
    assert once == often
    assert 0.99 * DRAWS < sum(once.values()) <= DRAWS
    assert once["exact"] < 0.005 * DRAWS
    assert once["different"] > 0.8 * DRAWS


def test_single_words_tell_nothing_of_chance() -> None:
    rows = pl.DataFrame({"company_name": list(FIRST) + list(MIDDLE), "kind": ["company"] * 20})
    assert chance_levels(prepare(party_records(rows))) == {}


def test_names_alone_find_the_companies() -> None:
    parties = np.repeat(np.arange(300), 1 + np.arange(300) % 3)
    given = records(parties, slips=5)
    found = quality(pl.Series(resolve(given, adapt(given, start_model())).label), pl.Series(parties))
    assert found.recall > 0.6  # names that are equal are found, a slip among so few words may be another name
    assert found.precision > 0.9


def test_a_company_of_hundreds_of_records_is_one() -> None:
    parties = np.concatenate([np.zeros(320, np.int64), 1 + np.arange(200) // 2])
    given = records(parties, slips=4)
    within = caps_of(given)
    assert within.block > 320
    clusters = resolve(given, adapt(given, start_model(), within=within), within=within)
    found = quality(pl.Series(clusters.label), pl.Series(parties))
    assert found.f1 > 0.98


def test_caps_follow_the_namesakes_within_bounds() -> None:
    assert caps(0.0, 10) == Caps() == Caps(BLOCK_CAP, COMPONENT_CAP)
    assert caps(0.01, 2000) == Caps(200, 400)
    assert caps(0.5, 10**6) == Caps(LARGEST, LARGEST)
