"""E-mail addresses: lists in one field, lower case, placeholders dropped, frequent slips of a domain mended."""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl

from hub.normalize.folding import unmix
from hub.normalize.words import word_list

# Cyrillic letters that look like Latin ones, typed by a Russian keyboard.
_TWINS = str.maketrans("аесорхукмтвнАЕСОРХУКМТВН", "aecopxykmtbhAECOPXYKMTBH")
_ADDRESS = re.compile(r"[a-z0-9!#$%&'*+=?^_`{|}~.-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}")
_CYRILLIC_ADDRESS = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+(?:рф|бел|қаз|рус|москва|дети|онлайн)")
PLACEHOLDER_LOCALS = word_list(
    "no noemail no-email no_email nomail no-mail no_mail none net нет test tests testtest null empty "
    "email mail e-mail na n-a unknown xxx xx x aaa a asd qwe qwerty abc fake dummy noname netmail "
    "net-email netemail otsutstvuet keine keinemail keine-email nobody noreply no-reply donotreply "
    "do-not-reply 1 11 111 123 1234 12345 123456 000 0 client klient user example sample -"
)
PLACEHOLDER_DOMAINS = word_list(
    "example.com example.org example.net example.ru test.ru test.com test.test no.ru no.com net.ru "
    "net.net none.com none.ru noemail.ru noemail.com nomail.ru nomail.com email.com email.ru mail.mail "
    "no.no null.com xxx.ru xxx.com aaa.ru domain.com domain.ru localhost.localdomain a.a a.ru a.com 1.ru "
    "123.ru mailinator.com"
)
_PLACEHOLDER_ENDINGS = (".invalid", ".test", ".example", ".localhost", ".local")
DOMAIN_SLIPS = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmal.com": "gmail.com",
    "gamil.com": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.co": "gmail.com",
    "gmail.ru": "gmail.com",
    "gmail.cm": "gmail.com",
    "gnail.com": "gmail.com",
    "gmaill.com": "gmail.com",
    "gmail.om": "gmail.com",
    "googlemail.com": "gmail.com",
    "mail.ry": "mail.ru",
    "mail.eu": "mail.ru",
    "maill.ru": "mail.ru",
    "mial.ru": "mail.ru",
    "mai.ru": "mail.ru",
    "meil.ru": "mail.ru",
    "mail.r": "mail.ru",
    "mail.rv": "mail.ru",
    "mail.rru": "mail.ru",
    "majl.ru": "mail.ru",
    "yandex.ri": "yandex.ru",
    "yandex.ry": "yandex.ru",
    "yndex.ru": "yandex.ru",
    "yadex.ru": "yandex.ru",
    "yandeks.ru": "yandex.ru",
    "jandex.ru": "yandex.ru",
    "yandx.ru": "yandex.ru",
    "yande.ru": "yandex.ru",
    "ya.ry": "ya.ru",
    "yandex.rru": "yandex.ru",
    "rambler.ry": "rambler.ru",
    "ramler.ru": "rambler.ru",
    "rambler.ri": "rambler.ru",
    "ranbler.ru": "rambler.ru",
    "list.ry": "list.ru",
    "bk.ry": "bk.ru",
    "inbox.ry": "inbox.ru",
    "hotmial.com": "hotmail.com",
    "hotmai.com": "hotmail.com",
    "hotmail.con": "hotmail.com",
    "yahho.com": "yahoo.com",
    "yaho.com": "yahoo.com",
    "yahoo.con": "yahoo.com",
    "outlok.com": "outlook.com",
    "iclod.com": "icloud.com",
    "icloud.con": "icloud.com",
    "iclould.com": "icloud.com",
    "web.ed": "web.de",
    "gmx.ed": "gmx.de",
    "qq.con": "qq.com",
}
_SEPARATORS = re.compile(r"[,;|<>()\[\]\"\s]+|\bmailto:|(?<=[a-z])/(?=[a-z])", re.IGNORECASE)


@lru_cache(maxsize=1 << 16)
def parse_emails(text: str) -> tuple[tuple[str, ...], str | None]:
    """All addresses in ``text``, sorted and distinct, and what could not be read as one (None when nothing was left).

    Placeholders (noemail@…, test@…, …@example.com) are neither. Dots of the local part stay: only Gmail ignores them.
    """
    found: set[str] = set()
    unread = []
    text = re.sub(r"\s*(?:@|\(at\)|\[at\]|\(a\)|\s+собака\s+)\s*", "@", text)
    for piece in _SEPARATORS.split(text):
        if not piece:
            continue
        address = _address(piece)
        if address:
            found.add(address)
        elif address is None and re.search(r"\w", piece):
            unread.append(piece.lower())
    return tuple(sorted(found)), " ".join(unread) or None


_SIMPLE = r"^[a-z0-9][a-z0-9_+-]*(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,24}$"
_DOUBTFUL = r"^(?:no|net|test)|\.(?:invalid|test|example|localhost|local)$"


def normalise_emails(cells: pl.Series) -> pl.DataFrame:
    """For each text: column ``emails`` (list, null when none) and ``unread`` (text or null), in order.

    The same as `parse_emails`, which reads only what is not one simple address beyond suspicion.
    """
    lower = (
        cells.rename("text")
        .to_frame()
        .with_row_index("at")
        .with_columns(pl.col("text").str.strip_chars().str.to_lowercase().alias("lower"))
    )
    parts = lower.with_columns(
        pl.col("lower").str.extract(r"^([^@]*)@", 1).alias("local"),
        pl.col("lower").str.extract(r"@(.*)$", 1).alias("domain"),
    )
    letters = pl.col("local").str.replace_all(r"[^a-z0-9]", "")
    simple = (
        pl.col("lower").str.contains(_SIMPLE)
        & ~pl.col("lower").str.contains(_DOUBTFUL)
        & ~pl.col("local").is_in(list(PLACEHOLDER_LOCALS))
        & ~pl.col("domain").is_in([*PLACEHOLDER_DOMAINS, *DOMAIN_SLIPS])
        & (letters.str.strip_chars(letters.str.slice(0, 1)) != "")
    ).fill_null(False)
    marked = parts.select("at", "text", "lower", simple.alias("simple"))
    easy = marked.filter("simple").select(
        "at", pl.concat_list("lower").alias("emails"), pl.lit(None, pl.String).alias("unread")
    )
    hard = marked.filter(~pl.col("simple"))
    read = [parse_emails(text) for text in hard["text"].to_list()]
    slow = pl.DataFrame(
        {
            "at": hard["at"],
            "emails": pl.Series([list(found) or None for found, _ in read], dtype=pl.List(pl.String)),
            "unread": pl.Series([unread for _, unread in read], dtype=pl.String),
        }
    )
    return pl.concat([easy, slow]).sort("at").drop("at")


def _address(piece: str) -> str | None:
    """A readable address; "" for a placeholder; None when it is no address."""
    lower = piece.strip(".,:'`").lower()
    if "@" not in lower:
        return "" if lower.replace("ё", "е") in PLACEHOLDER_LOCALS else None
    if _CYRILLIC_ADDRESS.fullmatch(lower):
        return lower
    raw_local = lower.split("@", 1)[0]
    lower = unmix(lower).translate(_TWINS)
    if not _ADDRESS.fullmatch(lower) or ".." in lower:
        placeholder = raw_local in PLACEHOLDER_LOCALS or lower.split("@", 1)[0] in PLACEHOLDER_LOCALS
        return "" if placeholder else None
    local, domain = lower.rsplit("@", 1)
    domain = DOMAIN_SLIPS.get(domain, domain)
    if is_placeholder(local, domain) or raw_local in PLACEHOLDER_LOCALS:
        return ""
    return f"{local}@{domain}"


def is_placeholder(local: str, domain: str) -> bool:
    """The address stands for "none": by its local part, its domain, or letters of one kind only."""
    plain = re.sub(r"[^a-z0-9]", "", local)
    return (
        local in PLACEHOLDER_LOCALS
        or domain in PLACEHOLDER_DOMAINS
        or domain.endswith(_PLACEHOLDER_ENDINGS)
        or not plain
        or (len(plain) > 2 and len(set(plain)) == 1)
        or re.fullmatch(r"no[-_.]?e?[-_.]?mail\d*|net[-_.]?(?:pochty|email|mail)|test\d{0,4}", local) is not None
    )
