"""The words of the pages in the reader's language: gettext catalogues, ``words/<language>.po``; a further language is a file.

Whoever writes a page writes English; ``tests/web`` finds what a catalogue lacks.
"""

from __future__ import annotations

import io
import re
from functools import cache, partial
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

# Sentences of the hub that hold values; pages find them within the text of a reason.
SENTENCES = (
    "This lies before %(a)s. Correct it, or widen the specification's bounds of %(b)s if it is true.",
    "This lies after %(a)s. Correct it, or widen the specification's bounds of %(b)s if it is true.",
    "This is less than %(a)s. Correct it, or widen the specification's bounds of %(b)s if it is true.",
    "This is more than %(a)s. Correct it, or widen the specification's bounds of %(b)s if it is true.",
    "This is none of: %(a)s. Send one of these, or translate your words in the specification (lookups).",
    "The %(a)s is longer than 200 characters. Check whether the columns of this row have shifted.",
    "%(a)s rows where about %(b)s are usual (%(c)s). If the export was cut or filtered, send it again whole; if the dealer "
    "has really fewer records, release it.",
    "%(a)s rows where about %(b)s are usual (%(c)s). If the export holds something else or everything twice, correct it; "
    "if it is right, release it.",
    "%(a)s rows are bad (%(b)s may be). The rejects file says why, row by row; correct the export or the specification and "
    "send the file again.",
    "The specification names columns that the file lacks: %(a)s. Correct the specification, or add them to the export.",
    "Columns that were read until now are gone: %(a)s. Put them back into the export; if they were renamed, correct the "
    "specification; if they are gone for good, release the file.",
    "Columns gone that were not read: %(a)s.",
    "New columns that nothing reads: %(a)s. Map them, or list them under extra: or ignore:.",
    "Of this day's full export another file is not in order: %(a)s.",
    "an objection to processing of %(a)s is in force",
    "the customer chose this dealer on %(a)s",
    "head office ruled so on %(a)s",
    "a contract or order with deposit of %(a)s is open",
    "the earliest live claim with proven two-way contact, of %(a)s",
    "serviced the customer's car last, on %(a)s",
    "delivered the customer's last car on %(a)s",
    "head office allocated the prospect on %(a)s",
    "the only live claim, of %(a)s",
    "the nearest claimant, %(a)s km away",
)
FOLDER = Path(__file__).parent / "words"
ENGLISH = "en"


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Marks a message of the code for the catalogues; it is translated where it is shown."""
    return message


@cache
def languages() -> dict[str, str]:
    """Languages by code, each under its own name; English first."""
    codes = [ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po"))]
    return {code: (Locale.parse(code).get_language_name(code) or code).capitalize() for code in codes}


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of a language; English ones for those that it lacks."""
    path = FOLDER / f"{language}.po"
    if language not in languages() or not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def told(words: NullTranslations, text: str) -> str:
    """A sentence of the hub in the reader's language, whole or by the `SENTENCES` that it is made of; else as it is."""
    whole = words.gettext(text)
    if whole != text:
        return whole
    for msgid, pattern in _patterns():
        sentence = words.gettext(msgid)
        if sentence != msgid:
            text = pattern.sub(partial(_filled, sentence), text)
    return text


def _filled(sentence: str, found: re.Match[str]) -> str:
    return sentence % found.groupdict()


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    def pattern(msgid: str) -> re.Pattern[str]:
        parts = re.split(r"%\((\w)\)s", msgid)
        text = "".join(f"(?P<{p}>.+?)" if n % 2 else re.escape(p) for n, p in enumerate(parts))
        return re.compile(text if parts[-1] else f"^{text}$")

    return [(msgid, pattern(msgid)) for msgid in SENTENCES]


def chosen(own: str | None, accepted: str) -> str:
    """The language to show: the reader's own choice, else the best that the browser accepts (``Accept-Language``)."""
    if own in languages():
        return own
    wanted = [part.split(";")[0].strip() for part in accepted.split(",") if part.strip()]
    return negotiate_locale(wanted, list(languages()), sep="-") or ENGLISH
