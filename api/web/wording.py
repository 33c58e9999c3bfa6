"""The words of the pages in the reader's language: gettext catalogues, ``words/<language>.po``; a further language is a file.

Whoever writes a page writes English; ``tests/web`` finds what a catalogue lacks.
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

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


def chosen(own: str | None, accepted: str) -> str:
    """The language to show: the reader's own choice, else the best that the browser accepts (``Accept-Language``)."""
    if own in languages():
        return own
    wanted = [part.split(";")[0].strip() for part in accepted.split(",") if part.strip()]
    return negotiate_locale(wanted, list(languages()), sep="-") or ENGLISH
