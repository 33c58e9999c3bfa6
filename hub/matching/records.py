"""Party records as columns of integers: what keys, comparisons and clusters work on.

Each text column is dictionary-encoded once: a code for each row and the distinct values (`hub.matching.dictionary`). Equality is
then equality of integers, and a string comparison runs once for each pair of *distinct* values. No result depends on the codes'
order, which is that of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.ahead import THREADS
from hub.matching.dictionary import coded, coded_numbers
from hub.matching.hashing import Words, hash_texts
from hub.matching.holdings import packed_frame
from hub.matching.vocabulary import Values, lengths, spaced
from hub.normalize.lexicon import given_names
from hub.parties import PARTY_SCHEMA, TEXTS

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Digits = npt.NDArray[np.uint64]  # decimal digits, four bits each

PERSON, COMPANY, HOUSE = 0, 1, 2
GIVEN_SLOTS = 8  # canonical names that one given name may stand for: Слава is short for that many
SLOTS = 6  # values of a multi-valued field that take part in comparisons; a record with more keeps them all elsewhere


@dataclass(frozen=True)
class Texts:
    """A dictionary-encoded text column: ``values[codes]``; code 0 is the missing value."""

    codes: Ints
    values: Values

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Which rows have a value."""
        filled: npt.NDArray[np.bool_] = self.codes != 0
        return filled

    def hashes(self) -> Words:
        """A stable hash for each row; 0 where missing."""
        hashed: Words = hash_texts(self.values)[self.codes]
        return hashed


@dataclass(frozen=True)
class Records:
    """N party records as arrays of length N (sets: N × ``SLOTS``).

    ``last``, ``first``, ``middle`` and ``root`` share one dictionary, so that codes compare across the parts of a name;
    ``known`` says of each of its values whether it is a known given name.
    ``dob`` is yyyymmdd, 0 when missing; ``birth`` the
    same as text, for its frequency. ``phones`` holds E.164 numbers as integers, 0 for no value. ``own_*`` and
    ``common_*`` hold the contact values that are good and little evidence (`hub.matching.frequency`).
    ``held`` says of each VIN in ``vins`` as what and when the record had the car (`hub.matching.holdings`). ``rank`` orders
    records by their identity from birth: it breaks every tie, so no result depends on the order of rows.
    """

    rid: Longs
    rank: Longs
    dealer: Texts
    account: Texts
    kind: Bytes
    last: Texts
    root: Texts
    first: Texts
    middle: Texts
    known: npt.NDArray[np.bool_]
    given: Ints
    given_values: Values
    token: Ints
    token_values: Values
    sex: Bytes
    generation: Bytes
    dob: Ints
    birth: Texts
    phones: Longs
    own_phones: Longs
    common_phones: Longs
    emails: Ints
    own_emails: Ints
    common_emails: Ints
    email_values: Values
    vins: Ints
    held: Longs
    vin_values: Values
    plates: Ints
    plate_values: Values
    tax: Texts
    registration: Texts
    company: Texts
    postcode: Texts
    area: Texts
    city: Texts
    street: Texts
    house: Texts
    flat: Texts
    extra: dict[str, Texts] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rid)

    @cached_property
    def born(self) -> Digits:
        """The digits of ``dob``."""
        return digits(self.dob)

    @cached_property
    def first_phone(self) -> Digits:
        """The digits of the first good phone."""
        return digits(self.own_phones[:, 0])

    @cached_property
    def lone(self) -> npt.NDArray[np.bool_]:
        """Records of a single name, filed as a given name."""
        return ~self.last.present & self.first.present

    @cached_property
    def has_lone(self) -> bool:
        """Whether there are any of these."""
        return bool(self.lone.any())

    @cached_property
    def has_middle(self) -> bool:
        """Whether any record has a patronymic or middle name."""
        return bool(self.middle.present.any())

    @cached_property
    def has_spaced(self) -> bool:
        """Whether any name is of several tokens."""
        return bool(spaced(self.last.values).any())

    @cached_property
    def has_given(self) -> bool:
        """Whether any given name is known to stand for others."""
        return bool(self.given.any())

    @cached_property
    def has_initials(self) -> bool:
        """Whether any given name is a single letter."""
        return bool((lengths(self.first.values) == 1).any())


def digits(numbers: npt.NDArray[np.integer]) -> Digits:
    """The decimal digits of numbers of up to 16 digits, the last in the lowest four bits."""
    rest = numbers.astype(np.uint64)
    found = np.zeros(len(rest), np.uint64)
    for place in range(0, 64, 4):
        if not rest.any():
            break
        tenth = rest // np.uint64(10)
        found |= (rest - tenth * np.uint64(10)) << np.uint64(place)
        rest = tenth
    return found


def encode(frame: pl.DataFrame, extra: Sequence[str] = ()) -> Records:
    """Encode party records.

    Args:
        frame: columns of ``hub.parties.PARTY_SCHEMA`` and, optionally, ``rid``, ``id`` (text, for ties), ``dealer``,
            ``account``, ``vins``, ``plates``, ``holdings`` (as `hub.matching.holdings.packed` reads them); what is absent is
            missing for all rows.
        extra: names of further textual evidence to take from the JSON column ``extra``.
    """
    n = len(frame)
    frame = complete(frame)
    rid = frame["rid"].fill_null(0).to_numpy() if "rid" in frame.columns else np.arange(n, dtype=np.int64)
    with ThreadPoolExecutor(THREADS) as pool:  # polars works on one column on one processor, as a rule
        names = pool.submit(texts_together, frame, "last", "last_root", "first", "middle")
        of_emails = pool.submit(sets_together, frame, *_EMAILS)
        of_phones = pool.submit(sets_together, frame, *_PHONES)
        of_given, of_tokens = pool.submit(sets, frame["given"], GIVEN_SLOTS), pool.submit(sets, frame["tokens"], SLOTS)
        of_vehicles, of_plates = pool.submit(_vehicles, frame), pool.submit(sets, frame["plates"])
        columns = pool.map(lambda name: texts(frame[name]), _CODED)
        area = pool.submit(texts, _areas(frame["postcode"]))
        given_names()  # read while the others work
    column = dict(zip(_CODED, columns, strict=True))
    last, root, first, middle = names.result()
    (given, given_values), (token, token_values) = of_given.result(), of_tokens.result()
    (emails, own_emails, common_emails), email_values = of_emails.result()
    phone_sets, phone_values = of_phones.result()
    (vins, held, vin_values), (plates, plate_values) = of_vehicles.result(), of_plates.result()
    dob = _dates(frame)
    phones, own_phones, common_phones = _numbered(phone_sets, phone_values)
    return Records(
        rid=rid.astype(np.int64),
        rank=_ranks(frame["id"]) if "id" in frame.columns else np.arange(n, dtype=np.int64),
        dealer=column["dealer"],
        account=texts(frame.select(pl.concat_str("dealer", "account", separator="\x1f")).to_series()),
        kind=_choices(frame["kind"], ("person", "company", "house")) - np.uint8(1),
        last=last,
        root=root,
        first=first,
        middle=middle,
        known=_known(first.values),
        given=given,
        given_values=given_values,
        token=token,
        token_values=token_values,
        sex=_choices(frame["sex"], ("m", "f")),
        generation=_choices(frame["generation"], ("senior", "junior")),
        dob=dob,
        birth=_births(dob),
        phones=phones,
        own_phones=own_phones,
        common_phones=common_phones,
        emails=emails,
        own_emails=own_emails,
        common_emails=common_emails,
        email_values=email_values,
        vins=vins,
        held=held,
        vin_values=vin_values,
        plates=plates,
        plate_values=plate_values,
        tax=column["tax_id"],
        registration=column["registration_no"],
        company=column["company"],
        postcode=column["postcode"],
        area=area.result(),
        city=column["city"],
        street=column["street"],
        house=column["house"],
        flat=column["flat"],
        extra=_extra_texts(frame["extra"], extra),
    )


def _areas(postcodes: pl.Series) -> pl.Series:
    """The area of each postcode: all but its last three characters. A single one (Australia's 2570) is no area but a state."""
    area = postcodes.str.head(-3)
    return area.set(area.str.len_chars() < 2, None)


def _extra_texts(objects: pl.Series, names: Sequence[str]) -> dict[str, Texts]:
    """The further textual fields of a column of JSON objects; a name may hold any sign."""
    if not names or objects.dtype != pl.String:
        return {}
    read = objects.str.json_decode(pl.Struct([pl.Field(name, pl.String) for name in names]))
    return {name: texts(read.struct.field(name)) for name in names}


_OPTIONAL: dict[str, pl.DataType | type[pl.DataType]] = {
    **PARTY_SCHEMA,
    "dealer": pl.String,
    "account": pl.String,
    "vins": TEXTS,
    "holdings": TEXTS,
    "plates": TEXTS,
    "own_phones": TEXTS,
    "common_phones": TEXTS,
    "own_emails": TEXTS,
    "common_emails": TEXTS,
}
_CODED = ("dealer", "tax_id", "registration_no", "company", "postcode", "city", "street", "house", "flat")
_PHONES = ("phones", "own_phones", "common_phones")
_EMAILS = ("emails", "own_emails", "common_emails")


def _numbered(sets: Sequence[Ints], values: pl.Series) -> list[Longs]:
    """Sets of texts as the numbers that they are; one that stands for two is told once, and nothing takes no memory."""
    numbers = values.cast(pl.Int64, strict=False).fill_null(0).to_numpy()
    told = {id(codes): numbers[codes] if codes.any() else np.zeros(codes.shape, np.int64) for codes in sets}
    return [told[id(codes)] for codes in sets]


def _vehicles(frame: pl.DataFrame) -> tuple[Ints, Longs, pl.Series]:
    """The VINs of each record, and beside each the holding of the car."""
    flat, told = _exploded(frame["vins"]), _exploded(frame["holdings"])
    (codes,), values = coded([flat["v"]])
    vins, rows, slot = _placed(flat, codes, len(frame), SLOTS)
    held = np.zeros(vins.shape, np.int64)
    if len(told):
        joined = flat.join(packed_frame(told), on=["row", "v"], how="left", maintain_order="left")
        used = slot < vins.shape[1]
        held[rows[used], slot[used]] = joined["held"].fill_null(0).to_numpy()[used]
    return vins, held, values


def _known(values: Values) -> npt.NDArray[np.bool_]:
    series = values if isinstance(values, pl.Series) else pl.Series(values.to_list(), dtype=pl.String)
    return series.is_in(list(given_names())).to_numpy()


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of a party record that ``frame`` lacks, as missing."""
    return frame.with_columns(
        [pl.lit(None, dtype).alias(name) for name, dtype in _OPTIONAL.items() if name not in frame.columns]
    )


def column_of(records: Records, name: str) -> Texts | None:
    """A text column by the name that frequency tables have for it; None if the records have none such."""
    if name.startswith("extra:"):
        return records.extra.get(name[6:])
    column: Texts = getattr(records, name)
    return column


def texts(column: pl.Series) -> Texts:
    """Dictionary-encode one column."""
    (codes,), values = coded([column])
    return Texts(codes, values)


def texts_together(frame: pl.DataFrame, *names: str) -> list[Texts]:
    """Dictionary-encode several columns with one dictionary."""
    codes, values = coded([frame[name] for name in names])
    return [Texts(some, values) for some in codes]


def sets(column: pl.Series, slots: int = SLOTS) -> tuple[Ints, pl.Series]:
    """Encode a List column as codes of shape (N, up to ``slots``); 0 fills the unused slots."""
    flat = _exploded(column)
    (codes,), values = coded([flat["v"]])
    return _placed(flat, codes, len(column), slots)[0], values


def sets_together(frame: pl.DataFrame, *names: str) -> tuple[list[Ints], pl.Series]:
    """Encode several List columns with one dictionary."""
    flat = [_exploded(frame[name]) for name in names]
    # as a rule the good contact values are all there are: the column is then encoded once
    kept = [some for place, some in enumerate(flat) if not place or not some.equals(flat[0])]
    codes, values = coded([some["v"] for some in kept])
    placed = [_placed(some, own, len(frame), SLOTS)[0] for some, own in zip(kept, codes, strict=True)]
    others = iter(placed[1:])
    return [next(others) if any(some is one for one in kept[1:]) else placed[0] for some in flat], values


def _exploded(column: pl.Series) -> pl.DataFrame:
    if column.null_count() == len(column):
        return pl.DataFrame(schema={"row": pl.Int64, "v": pl.String})
    rows = pl.Series("row", np.arange(len(column), dtype=np.int64))
    return pl.DataFrame([rows, column.cast(TEXTS).alias("v")]).explode("v").drop_nulls("v")


def _placed(flat: pl.DataFrame, codes: Ints, n: int, slots: int) -> tuple[Ints, Longs, Longs]:
    """The codes of sets, and of each value its row and its place in the set."""
    if flat.is_empty():
        return np.zeros((n, 1), np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows = flat["row"].to_numpy()
    counts = np.bincount(rows, minlength=n)
    slot = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    used = slot < slots
    # no wider than the data needs: most sets hold one or two values
    found = np.zeros((n, max(1, min(slots, int(counts.max(initial=0))))), np.int32)
    found[rows[used], slot[used]] = codes[used]
    return found, rows, slot


def _choices(column: pl.Series, choices: Sequence[str]) -> Bytes:
    codes = np.zeros(len(column), np.uint8)
    if column.null_count() == len(column):
        return codes
    for code, choice in enumerate(choices, 1):
        codes[(column == choice).fill_null(False).to_numpy()] = code
    return codes


def _dates(frame: pl.DataFrame) -> Ints:
    """Birth dates as yyyymmdd; of one that no calendar has (1850-81-01) the digits still tell how far off it is."""
    days = frame["birth_date"].to_physical()
    first = int(days.drop_nulls().to_numpy().min(initial=0)) - 1
    codes, distinct = coded_numbers((days.cast(pl.Int64) - first).fill_null(0).to_numpy())
    date = pl.Series(distinct + first).cast(pl.Int32).cast(pl.Date).dt
    number = (date.year().cast(pl.Int32) * 10_000 + date.month().cast(pl.Int32) * 100 + date.day()).to_numpy().copy()
    number[0] = 0
    dob: Ints = number.astype(np.int32)[codes]
    if frame["extra"].dtype == pl.String and frame["extra"].null_count() < len(frame):
        written = frame["extra"].str.json_path_match("$.birth_date").str.extract(r"^([0-9]{4}.?[0-9]{2}.?[0-9]{2})$")
        digits = written.str.replace_all("[^0-9]", "").cast(pl.Int32, strict=False).fill_null(0).to_numpy()
        dob = np.where(dob == 0, digits, dob)
    return dob


def _births(dob: Ints) -> Texts:
    codes, numbers = coded_numbers(dob.astype(np.int64))
    written = pl.Series("v", numbers).cast(pl.String)
    return Texts(codes, pl.concat([pl.Series("v", [""]), written[1:]]))


def _ranks(identities: pl.Series) -> Longs:
    return (identities.rank("ordinal") - 1).to_numpy().astype(np.int64)
