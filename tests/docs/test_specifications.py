"""docs/specifications.md: its keys are those of the models, and its examples are read."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from hub.dealers.columnmap import column_map
from hub.dealers.documents import parse_yaml, specification
from hub.dealers.specification import Bounds, FeedSpec, Guards, Source, Specification
from tests.docs.pages import blocks, codes, page, section, table

PAGE = page("specifications.md")
EXAMPLES = blocks(PAGE, "yaml")
PLACES = {
    "Of a dealer": Specification,
    "Of a feed": FeedSpec,
    "The source of a column": Source,
    "Bounds": Bounds,
    "Guards": Guards,
}


@pytest.mark.parametrize("heading", PLACES)
def test_every_key_is_explained(heading: str) -> None:
    told = {codes(row[0])[0] for row in table(section(PAGE, heading), "key")}
    assert told == set(PLACES[heading].model_fields)


@pytest.mark.parametrize("heading", PLACES)
def test_the_defaults(heading: str) -> None:
    model: type[BaseModel] = PLACES[heading]
    for key, default, meaning in table(section(PAGE, heading), "key"):
        usual = model.model_fields[codes(key)[0]].default
        assert meaning
        if usual is not None and not isinstance(usual, tuple) and codes(default):
            assert codes(default)[0] == str(usual).lower() or codes(default)[0] == str(usual)


def test_the_examples_are_specifications() -> None:
    assert len(EXAMPLES) == 4
    draft, own, everything, _ = EXAMPLES
    base = "feeds: {customers: {format: csv, columns: {record_no: Код, registration_no: ОГРН, phones: Тел}}}"
    documents = {
        "draft": parse_yaml(draft, "draft"),
        "D005": parse_yaml(own, "D005"),
        "everything": parse_yaml(everything, "everything"),
        "onec": parse_yaml(base, "onec"),
    }
    assert specification("draft", documents, "draft").feed("customers").encoding == "cp1251"
    found = specification("D005", documents, "D005").feed("customers")
    assert found.columns["phones"].column == ("Телефон", "Мобильный")
    assert "registration_no" not in found.columns
    assert found.columns["record_no"].column == ("Код",)
    full = specification("everything", documents, "everything")
    assert full.feed("customers").delimiter == ";"
    assert full.feed("customers").delta is False
    assert full.feed("service_visits").columns["opened_at"].format == ("unix",)


def test_the_example_with_everything_shows_most_keys() -> None:
    shown = set(parse_yaml(EXAMPLES[2], "x")["feeds"]["customers"]) | set(
        parse_yaml(EXAMPLES[2], "x")["feeds"]["service_visits"]
    )
    assert set(FeedSpec.model_fields) - shown == {"headings", "sheet"}


def test_the_map_of_dedupe() -> None:
    spec = column_map(parse_yaml(EXAMPLES[3], "MAP.yml"), "MAP.yml")
    assert spec.columns["record_no"].column == ("rec_id",)
    assert spec.columns["address"].column == ("street_number", "street")
    assert spec.extra == {"occupation": "occupation", "birth_place": "birth_place"}
