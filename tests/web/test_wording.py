"""Every word of the pages has its translation, and no translation is left over."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from api.web.pages import MENU, TEMPLATES
from api.web.phrases import PLACE, templates
from api.web.wording import FOLDER, chosen, languages
from hub.matching.comparison import COMPARISONS
from hub.matching.waterfall import WORDS
from hub.network.scorecard import MEASURES
from hub.prospects.policy import RULES


def words() -> set[str]:
    found = {label for _, label, _ in MENU} | set(templates()) | set(WORDS)
    for path in TEMPLATES.glob("*.html"):
        with path.open("rb") as file:
            found |= {str(message) for _, _, message, _ in babel_extract(file, ("gettext",), [], {"trimmed": "true"})}
    for path in TEMPLATES.parent.glob("*.py"):
        with path.open("rb") as file:
            found |= {str(message) for _, message, _, _ in extract("python", file, {"N_": None})}
    found |= {text for one in MEASURES for text in (one.title, one.about, one.advice) if text} | set(RULES.values())
    for one in COMPARISONS:
        found |= {one.name, *(level.replace("_", " ") for level in one.levels[1:])}
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_a_catalogue_is_complete(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file)
    translated = {str(message.id) for message in catalogue if message.id and message.string}
    assert words() - translated == set()
    assert [message.id for message in catalogue if message.fuzzy and message.id] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_a_catalogue_has_each_word_once(path: Path) -> None:
    """Of two translations one would be lost, and which one, nobody could tell."""
    ids = Counter(re.findall(r'^msgid ("[^"].*")$', path.read_text("utf-8"), re.MULTILINE))
    assert [word for word, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_a_translation_has_the_places_of_its_sentence(path: Path) -> None:
    with path.open("rb") as file:
        told = {str(message.id): str(message.string) for message in read_po(file) if message.id}
    for template in [*templates(), *WORDS]:
        assert set(PLACE.findall(told[template])) == set(PLACE.findall(template)), template


@pytest.mark.parametrize(
    ("own", "accepted", "language"),
    [(None, "", "en"), (None, "ru", "ru"), (None, "de,ru;q=0.5", "ru"), ("en", "ru", "en"), ("xx", "ru", "ru")],
)
def test_the_language_to_show(own: str | None, accepted: str, language: str) -> None:
    assert chosen(own, accepted) == language
    assert languages()["ru"] == "Русский"
