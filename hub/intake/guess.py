"""Guesses about a sample file of an unknown dealer: its encoding, what its headings mean, its date formats and signs."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence

import polars as pl
from rapidfuzz import fuzz

from hub.dealers.vocabulary import heading_words
from hub.feeds import FEEDS, Feed, Type
from hub.intake.dates import by_format, dates
from hub.intake.guards import BY_TYPE, EXPECTED, looks
from hub.intake.letters import looks_misread
from hub.intake.readers import sniff

ENCODINGS = ("cp1251", "cp866", "koi8-r", "gb18030", "cp1252", "utf-16-le", "utf-16-be")
DATE_FORMATS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y",
    "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%y %H:%M", "%Y%m%d%H%M%S", "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S",
)  # fmt: skip
SERIAL = {"excel": r"^[1-6]\d{4}(?:[.,]\d+)?$", "unix": r"^-?\d{8,10}$"}  # numbers that are days or moments
SERIAL_WORDS = {"excel": "days since 1899-12-30, as spreadsheets count", "unix": "seconds since 1970"}
_CAMEL = re.compile(r"(?<=[a-zа-яё0-9])(?=[A-ZА-ЯЁ])|(?<=[A-ZА-ЯЁ])(?=[A-ZА-ЯЁ][a-zа-яё])")
_SIGNS = re.compile(r"[^\w№]+|_")
SURE, LIKELY = 1.0, 0.72


def encoding(head: bytes) -> str | None:
    """The encoding of bytes without byte order mark that look least misread; None for UTF-8."""
    cut = head[: head.rfind(b"\n") + 1] or head
    if b"\0" in cut:
        return sniff.encoding_of(head, None)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(cut)  # the last sign may be cut in two
    except UnicodeDecodeError:
        pass
    else:
        return None
    return min(ENCODINGS, key=lambda name: (_misread_share(cut, name), ENCODINGS.index(name)))


def _misread_share(head: bytes, name: str) -> float:
    """Share of words beyond ASCII that look misread in encoding ``name``; 2 where it cannot be that."""
    if name.startswith("utf-16") and b"\0" not in head:
        return 2.0
    try:
        text = codecs.getincrementaldecoder(name)().decode(head)
    except UnicodeDecodeError:
        return 2.0
    words = [word for word in re.split(r"[\s;,|\"]+", text) if not word.isascii()][:2000]
    if not words:
        return 1.5
    return sum(looks_misread(word) or (name == "gb18030" and _rare_hanzi(word)) for word in words) / len(words)


def _rare_hanzi(word: str) -> bool:
    """True where most ideographs lie beyond the 3,755 common ones (level 1 of GB 2312: first byte B0 to D7)."""
    signs = [sign for sign in word if sign >= "\u2e80"]
    common = sum(0xB0 <= sign.encode("gb18030", "replace")[0] <= 0xD7 for sign in signs)
    return not signs or common < 0.7 * len(signs)


def words_of(heading: str) -> str:
    """A heading as words: ``ДатаРождения`` and ``дата_рождения`` are «дата рождения»."""
    spaced = _SIGNS.sub(" ", _CAMEL.sub(" ", heading)).lower().replace("ё", "е")
    return " ".join(spaced.split()) or heading.strip()


def likeness(heading: str, feed: str, column: str) -> float:
    """How well a heading names a canonical column, 0 to 1."""
    given = words_of(heading)
    shorter = {given, given.removeprefix("№ "), given.rstrip(" 0123456789")}
    if "." in heading:  # nested: Person.Name
        shorter.add(words_of(heading.rpartition(".")[2]))
    best = 0.0
    for place, word in enumerate(heading_words(feed, column)):
        known = word.replace("ё", "е")
        if known in shorter:
            return SURE - 0.001 * place - (0.05 if known != given else 0)
        if len(given) > 2 and known.startswith(given):
            best = max(best, 0.75)
        if len(known) > 4 and given.startswith(known + " "):
            best = max(best, 0.8)
        if len(known) > 3 and len(given) > 3:
            best = max(best, 0.9 * fuzz.token_sort_ratio(given, known) / 100)
    return best


def feed_of_headings(headings: Sequence[str]) -> str:
    """The feed whose columns the headings name best."""

    def score(feed: Feed) -> float:
        found = [max((likeness(heading, feed.name, name) for name in feed.names), default=0.0) for heading in headings]
        return sum(value for value in found if value >= LIKELY)

    return max(FEEDS.values(), key=score).name


def known(headings: Sequence[str], feed: Feed) -> int:
    """How many of the headings seem to name a column of the feed."""
    return sum(any(likeness(heading, feed.name, name) >= LIKELY for name in feed.names) for heading in headings)


def columns_of(sample: pl.DataFrame, feed: Feed) -> dict[str, list[tuple[str, float]]]:
    """Canonical column → the sample's headings that seem to hold it, with how sure that is (0 to 1).

    Headings by name, then by what the values look like; a column of lists may take several.
    """
    headings = [name for name in sample.columns if name != "_row"]
    found = looks(sample.select(headings))
    pairs = sorted(
        (
            (_sureness(heading, found.get(heading), feed, column.name), heading, column.name)
            for heading in headings
            for column in feed.columns
        ),
        key=lambda pair: -pair[0],
    )
    chosen: dict[str, list[tuple[str, float]]] = {}
    taken: set[str] = set()
    for sureness, heading, name in pairs:
        full = name in chosen and (feed.column(name).type is not Type.LIST or sureness < 0.8)
        if sureness >= LIKELY and heading not in taken and not full:
            chosen.setdefault(name, []).append((heading, sureness))
            taken.add(heading)
    order = {heading: place for place, heading in enumerate(headings)}
    return {name: sorted(chosen[name], key=lambda item: order[item[0]]) for name in feed.names if name in chosen}


def _sureness(heading: str, kind: str | None, feed: Feed, column: str) -> float:
    wanted = BY_TYPE.get(feed.column(column).type) or EXPECTED.get(column)
    named = likeness(heading, feed.name, column)
    if kind is None or wanted is None:
        return named
    if kind in wanted:
        alone = {"email": "emails", "phone": "phones", "vin": "vin"}.get(kind) == column
        return max(min(named + 0.05, SURE), 0.75 if alone else 0.0)
    if feed.column(column).type in (Type.DATE, Type.TIME) and named > 0.9 and kind in ("number", "phone"):
        return named - 0.15  # days or seconds since some day
    distinctive = kind in ("email", "date", "vin") or "email" in wanted or "date" in wanted or "vin" in wanted
    return named - (0.5 if distinctive else 0.1)


def date_formats(columns: Iterable[pl.Series]) -> tuple[list[str], list[str]]:
    """Formats that date columns need beside the default ones, and what to tell a person about them."""
    formats: list[str] = []
    notes: list[str] = []
    for column in columns:
        values = column.drop_nulls().unique()
        left = values.filter(dates(values) == values) if len(values) else values
        left = left.filter(~left.str.contains(r"^\d{4}-\d\d-\d\d$"))
        while len(left):
            serial = {text: int(left.str.contains(pattern).sum()) for text, pattern in SERIAL.items()}
            if likely := [text for text, count in serial.items() if count > 0.8 * len(left)]:
                notes.append(f"{column.name}: numbers, taken for {SERIAL_WORDS[likely[0]]}")
                formats += [likely[0]] if likely[0] not in formats else []
                break
            fits = {text: int(by_format(left, text).is_not_null().sum()) for text in DATE_FORMATS}
            among_all = {text: int(by_format(values, text).is_not_null().sum()) for text in DATE_FORMATS}
            best = max(DATE_FORMATS, key=lambda text: (fits[text], among_all[text]))
            if fits[best] < max(1, 0.02 * len(values)):
                notes.append(f"{column.name}: {len(left):,} values are no date that is known; name their format here")
                break
            twin = best.replace("%d", "%x").replace("%m", "%d").replace("%x", "%m")
            if twin != best and among_all.get(twin, 0) == among_all[best]:
                notes.append(f"{column.name}: day and month cannot be told apart; is it {best} or {twin}?")
            if best not in formats:
                formats.append(best)
            left = left.filter(by_format(left, best).is_null())
    return formats, notes


def decimal_sign(columns: Iterable[pl.Series]) -> str | None:
    """The decimal sign of number columns, where they show one."""
    comma = point = 0
    for column in columns:
        comma += int(column.str.contains(r"\d,\d{1,2}$").sum() or 0)
        point += int(column.str.contains(r"\d\.\d{1,2}$").sum() or 0)
    if comma == point:
        return None
    return "," if comma > point else "."
