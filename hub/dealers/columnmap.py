"""The map of ``dedupe --columns``: where a flat file keeps the canonical columns of the customers feed."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from hub.dealers.documents import Document, check_names, parse_yaml, problems, read_text
from hub.dealers.specification import FeedSpec
from hub.errors import Invalid
from hub.feeds import CUSTOMERS

OPTIONS = tuple(set(FeedSpec.model_fields) - {"columns", "files", "guards", "delta"})


def load_map(path: Path) -> FeedSpec:
    """Read MAP.yml: canonical names and ``id``, beside options such as ``extra`` and ``delimiter``.

    ``id: rec_id`` names the key of the rows and becomes ``record_no``.
    Raises `Invalid` naming file, key and cure.
    """
    return column_map(parse_yaml(read_text(path), path.name), path.name)


def column_map(body: Document, place: str) -> FeedSpec:
    """The same from a mapping in memory; ``place`` is what errors call it."""
    columns = {key: value for key, value in body.items() if key not in OPTIONS and key != "id"}
    key = body.get("id", columns.pop("record_no", None))
    if key is None:
        raise Invalid(f"{place}: id: is missing; name the column that identifies a row, e.g. `id: rec_id`.")
    options = {key: value for key, value in body.items() if key in OPTIONS}
    try:
        spec = FeedSpec.model_validate({"columns": {"record_no": key, **columns}, **options})
    except ValidationError as error:
        raise Invalid(f"{place}: {problems(error)}") from None
    check_names(spec, CUSTOMERS, place)
    return spec
