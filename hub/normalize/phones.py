"""Phone numbers: several in one field, any punctuation, to E.164 digits; placeholders dropped.

`parse_phones` reads any text. `normalise_phones` is the same function over a column: ordinary shapes by expressions, and
only what they leave by `parse_phones`, once a distinct value; a test holds the two equal. Numbering facts: ITU E.164,
the RU/KZ shared plan +7 with the trunk prefix 8, Belarus' trunk prefix 80; all else by Google's `phonenumbers`.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
import polars as pl

_EXTENSION = re.compile(
    r"(?:доб(?:авочный)?|доп|вн(?:утр(?:енний)?)?|ext(?:ension)?|durchwahl|dw|x|#|分机|转)\s*[.:№]*\s*\d{1,6}(?!\d)",
    re.IGNORECASE,
)
_STRONG = re.compile(r"[,;|/\\\n\r\t]|(?<=\d)\s+(?=\+)|[^\W\d_]{2,}[.:]?", re.UNICODE)
_ZERO = re.compile(r"(?<=\d)[OОoо](?=[\d\s-])")
_NOT_DIGIT = re.compile(r"\D+")
_REPEATED = "|".join(f"{digit}{{9}}" for digit in range(10))
_PLACEHOLDER = rf"(?:{_REPEATED}|0{{7}}|\d?1234567890|\d123456789|0123456789|\d?9876543210|987654321)$"
_IS_PLACEHOLDER = re.compile(_PLACEHOLDER)
_SHORT_PLACEHOLDER = re.compile(r"(\d)\1*|1234567?8?9?0?|7654321|0+\d|1+")
_SEVEN = frozenset({"ru", "kz", "by"})  # where a number without plus starts with 8 or 7
_AREA = re.compile("[3-79]|8[0-8]")  # of ten digits; 89… is a mobile number that lost a digit
_KNOWN = re.compile(r"7[3-9]\d{9}|375(?:17|25|29|33|44|1[5-6]|2[1-3])\d{7}|380[3-9]\d{8}|861[3-9]\d{9}")


def parse_phones(text: str, country: str = "ru") -> tuple[tuple[str, ...], str | None]:
    """All numbers in ``text`` as E.164 digits without the plus, sorted and distinct; and the digits of what could not
    be read (a local number without its area), None when nothing was left. Placeholders are neither.

    ``country`` (ISO 3166-1 alpha-2) completes numbers without a country code.
    """
    text = _ZERO.sub("0", _EXTENSION.sub(" ", text))
    found: set[str] = set()
    unread: list[str] = []
    pieces = [piece for piece in _STRONG.split(text) if piece and any(letter.isdigit() for letter in piece)]
    for piece in pieces:
        numbers = _read_piece(piece, country)
        if numbers is None:
            unread.append(_digits(piece))
        else:
            found.update(numbers)
    if unread and len(pieces) > 1 and not found:
        whole = _read("+" in text[:2], "".join(_digits(piece) for piece in pieces), country)
        if whole is not None:
            found, unread = {whole}, []
    found.discard("")
    left = [digits for digits in unread if len(digits) > 4 and not _SHORT_PLACEHOLDER.fullmatch(digits)]
    return tuple(sorted(found)), " ".join(sorted(set(left))) or None


def _digits(text: str) -> str:
    digits = _NOT_DIGIT.sub("", text)
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def _read_piece(piece: str, country: str) -> list[str] | None:
    """The numbers of one piece (several when they were glued together); None when it cannot be read."""
    digits, plus = _digits(piece), piece.lstrip(" (\u00a0").startswith("+")
    number = _read(plus, digits, country)
    if number is not None:
        return [number]
    return _glued(digits, country) if len(digits) >= 18 else None


def _glued(digits: str, country: str) -> list[str] | None:
    """Numbers without anything between them: 8916123456789161234568."""
    if not digits:
        return []
    for length in (11, 12, 10):
        head = digits[:length]
        shaped = (
            head[0] in "78" if length == 11 else head.startswith(("375", "380")) if length == 12 else head[0] == "9"
        )
        if len(head) == length and shaped and (number := _read(length == 12, head, country)) is not None:
            rest = _glued(digits[length:], country)
            if rest is not None:
                return [number, *rest]
    return None


def _read(plus: bool, digits: str, country: str) -> str | None:
    """One number's E.164 digits; "" for a placeholder; None when it is none."""
    if not plus and digits.startswith("00") and len(digits) > 10:
        digits, plus = digits[2:], True
    elif not plus and digits.startswith("810") and len(digits) > 12:
        digits, plus = digits[3:], True
    number = _ordinary(plus, digits, country)
    if number is None and 7 < len(digits) <= 15:
        number = _by_library(plus, digits, country)
    if number is None:
        return "" if len(digits) > 9 and _IS_PLACEHOLDER.search(digits) else None
    return "" if _IS_PLACEHOLDER.search(number) else number


def _ordinary(plus: bool, digits: str, country: str) -> str | None:
    """The shapes of the former Soviet Union and of Chinese mobiles."""
    size, seven = len(digits), country in _SEVEN
    if size == 11 and digits[0] == "7" and digits[1] in "3456789":
        return digits
    if size == 11 and digits[0] == "8" and seven:
        if digits[1] == "0" and digits[2] in "1234":  # Belarus: 8 029 …
            return "375" + digits[2:]
        if digits[1] in "3456789" and (not plus or digits[1] == "9"):
            return "7" + digits[1:]
    if size == 10 and seven and country != "by" and _AREA.match(digits) and (not plus or digits[0] == "9"):
        return "7" + digits
    if size == 12 and digits[:2] in ("78", "87") and digits[2] == "9" and seven:
        return "7" + digits[2:]
    if size in (12, 13) and _KNOWN.fullmatch(digits):
        return digits
    if size == 9 and country == "by" and digits[:2] in ("29", "33", "44", "25", "17"):
        return "375" + digits
    if size == 11 and not plus and digits[0] == "1" and digits[1] in "3456789" and country != "us":
        return "86" + digits
    return None


@lru_cache(maxsize=1 << 16)
def _by_library(plus: bool, digits: str, country: str) -> str | None:
    attempts = [("+" + digits, None)] if plus else [(digits, country.upper()), ("+" + digits, None)]
    for text, region in attempts:
        if region is None and not plus and (len(digits) < 11 or digits[0] in "78"):
            continue
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    return None


_SHAPES = (
    (r"^\+?7([3-9]\d{9})$", "7"),
    (r"^8([3-9]\d{9})$", "7"),
    (r"^(9\d{9})$", "7"),
    (r"^\+?(375(?:29|33|44|25|17)\d{7})$", ""),
    (r"^\+?(380[3-9]\d{8})$", ""),
    (r"^\+?(861[3-9]\d{9})$", ""),
)


def normalise_phones(cells: pl.Series, country: str = "ru") -> pl.DataFrame:
    """For each distinct text: column ``phones`` (list, null when none) and ``unread`` (text or null), in order."""
    texts = cells.rename("text").to_frame().with_row_index("at")
    if country not in ("ru", "kz") or len(cells) < 64:
        return _slowly(texts, country).select("phones", "unread")
    plain = pl.col("text").str.replace_all(r"[ ()\-.\u00a0]", "")
    parts = texts.select("at", plain.str.replace_all(";", ",", literal=True).str.split(",").alias("part"))
    parts = parts.explode("part").filter(pl.col("part") != "")
    reading = pl.coalesce([pl.lit(prefix) + pl.col("part").str.extract(shape, 1) for shape, prefix in _SHAPES])
    read = parts.select("at", reading.alias("number")).with_columns(
        pl.col("number").str.contains(_PLACEHOLDER).alias("placeholder")
    )
    easy = (
        read.group_by("at")
        .agg(
            pl.col("number").filter(~pl.col("placeholder")).unique().sort().alias("phones"),
            pl.col("number").is_not_null().all().alias("easy"),
        )
        .filter(pl.col("easy"))
        .select("at", "phones", pl.lit(None, pl.String).alias("unread"))
    )
    hard = _slowly(texts.join(easy, on="at", how="anti"), country)
    result = pl.concat([easy, hard]).sort("at")
    return result.select(pl.when(pl.col("phones").list.len() > 0).then(pl.col("phones")).alias("phones"), "unread")


def _slowly(texts: pl.DataFrame, country: str) -> pl.DataFrame:
    read = [parse_phones(text, country) for text in texts["text"].to_list()]
    return pl.DataFrame(
        {
            "at": texts["at"],
            "phones": pl.Series([list(phones) or None for phones, _ in read], dtype=pl.List(pl.String)),
            "unread": pl.Series([unread for _, unread in read], dtype=pl.String),
        }
    )
