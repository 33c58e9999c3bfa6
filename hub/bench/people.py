"""Made-up people with errors, as many as wanted: flat records of six columns, in no particular language.

Names are built from syllables and as frequent as names are (a few very common, most rare). The same arguments give the same
records. This measures speed and memory; what is found in it says little of quality.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Draws = npt.NDArray[np.int64]

GIVEN, SURNAMES, CITIES = 800, 60_000, 4_000  # distinct names
FIRST_DAY, DAYS = np.datetime64("1955-01-01"), 17_000
COPIES = 0.35  # share of records that describe somebody whom an earlier record describes
MISSING = {"dob": 0.15, "city": 0.05, "email": 0.4}
ERRORS = {"first_name": 0.06, "surname": 0.08, "dob": 0.05}
MOVED, OTHER_EMAIL = 0.1, 0.1

_ONSETS = "b d f g h k l m n p r s t v z br dr fl gr kl kr pl pr sk st tr"
_VOWELS = "a e i o u ai au ei"
_ENDS = "n r s l m t x rd nt ck"


def people(records: int, seed: int = 1) -> pl.DataFrame:
    """Records ``unique_id, cluster, first_name, surname, dob, city, email``; all but the first two may be missing."""
    rng = np.random.default_rng(seed)
    persons = max(1, round(records * (1 - COPIES)))
    person = np.concatenate([np.arange(persons), rng.integers(0, persons, records - persons)])
    rng.shuffle(person)
    given, surname = _skewed(rng, persons, GIVEN, 0.9), _skewed(rng, persons, SURNAMES, 0.75)
    city, born = _skewed(rng, persons, CITIES, 0.8), rng.integers(0, DAYS, persons)
    number = rng.integers(0, 1000, persons)
    moved = rng.random(records) < MOVED
    frame = pl.DataFrame(
        {
            "unique_id": np.arange(records),
            "cluster": person,
            "first_name": _words(GIVEN, 2).gather(pl.Series(given[person])),
            "surname": _words(SURNAMES, 3).gather(pl.Series(surname[person])),
            "dob": pl.Series(FIRST_DAY + born[person]).cast(pl.Date).dt.to_string("%Y-%m-%d"),
            "city": _words(CITIES, 2, 7).gather(
                pl.Series(np.where(moved, _skewed(rng, records, CITIES, 0.8), city[person]))
            ),
        }
    )
    other = np.where(rng.random(records) < OTHER_EMAIL, rng.integers(0, 1000, records), number[person])
    frame = frame.with_columns(
        email=pl.concat_str("first_name", pl.lit("."), "surname", pl.Series(other), pl.lit("@example.org"))
    )
    for name, share in ERRORS.items():
        frame = _with_slips(frame, name, rng.random(records) < share, rng)
    return frame.with_columns(
        pl.when(pl.Series(rng.random(records) >= share)).then(pl.col(name)).alias(name)
        for name, share in MISSING.items()
    )


def _skewed(rng: np.random.Generator, count: int, values: int, steepness: float) -> Draws:
    """Draws of values whose frequency falls with a power of their rank."""
    weights = np.arange(1, values + 1, dtype=np.float64) ** -steepness
    drawn: Draws = np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(count)).astype(np.int64)
    return np.minimum(drawn, values - 1)


def _words(count: int, syllables: int, salt: int = 0) -> pl.Series:
    """Distinct words of so many syllables; the number of a word is written in them."""
    onsets, vowels, ends = _ONSETS.split(), _VOWELS.split(), _ENDS.split()
    words = []
    for number in range(count):
        rest, text = number * 97 + salt, ""
        for _ in range(syllables):
            rest, onset = divmod(rest, len(onsets))
            rest, vowel = divmod(rest, len(vowels))
            text += onsets[onset] + vowels[vowel]
        words.append(text + (ends[rest % len(ends)] if rest else ""))
    return pl.Series(words)


def _with_slips(frame: pl.DataFrame, name: str, where: npt.NDArray[np.bool_], rng: np.random.Generator) -> pl.DataFrame:
    """One sign of some values replaced: a letter of a name, the last digit of a year."""
    text = frame[name]
    if name == "dob":
        signs, place = "0123456789", np.full(len(where), 3)
        where = where & ~text.str.ends_with("02-29").to_numpy()  # other years may lack that day
    else:
        signs, place = (
            "abcdefghiklmnoprstuvz",
            (rng.random(len(where)) * text.str.len_chars().to_numpy()).astype(np.int64),
        )
    sign = pl.Series(list(signs)).gather(pl.Series(rng.integers(0, len(signs), len(where))))
    slipped = text.str.slice(0, pl.Series(place)) + sign + text.str.slice(pl.Series(place + 1))
    return frame.with_columns(pl.when(pl.Series(where)).then(slipped).otherwise(pl.col(name)).alias(name))
