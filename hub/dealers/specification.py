"""A dealer's specification: how the files of one dealer map onto the canonical feeds.

A specification is data. No dealer has code of its own; what differs between dealers is said here, in YAML,
and read by `hub.dealers.documents`. The same model serves ``dedupe --columns`` (`hub.dealers.columnmap`).
"""

from __future__ import annotations

import codecs
import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from hub.errors import Invalid
from hub.feeds import FEEDS, Feed

Format = Literal["csv", "xlsx", "xml", "json", "ndjson", "parquet", "adf"]
DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
ENCODINGS = "utf-8, cp1251, cp866, koi8-r, utf-16, gb18030"
CONTENT_FREE = ("files", "guards")  # keys that say which file and when to hold it, not what its rows mean


def _listed(value: Any) -> Any:
    """One value is a list of one: ``Телефон`` and ``[Телефон]`` mean the same."""
    return [value] if isinstance(value, str | int | float) else value


def _text(value: Any) -> Any:
    """Keys and values of lookups are text, also where YAML or JSON gave a number or truth value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _text_keys(value: Any) -> Any:
    return {_text(key): item for key, item in value.items()} if isinstance(value, dict) else value


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]


class Part(BaseModel):
    """The base of all parts of a specification: frozen, and strict about unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


class Layout(Part):
    """How the bytes of a feed's files are laid out; ``None`` everywhere means: find out from the content.

    Attributes:
        format: file format inside any gzip or zip.
        encoding: Python's name of the character encoding; ``None`` is a byte order mark's, else UTF-8.
        delimiter: one character between the cells of a CSV file; ``tab`` is understood.
        headings: names of the columns, when the file has no heading row.
        skip_rows: rows above the heading row (a title, the period of the report).
        sheet: name of the worksheet; the first by default.
        record: path of the repeated element (XML: ``clients/client``) or array (JSON: ``data.clients``).
    """

    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    headings: Texts | None = None
    skip_rows: int = Field(default=0, ge=0, le=1000)
    sheet: str | None = None
    record: str | None = None

    @field_validator("format", mode="before")
    @classmethod
    def _tsv(cls, value: Any) -> Any:
        known = {"tsv": "csv", "txt": "csv", "jsonl": "ndjson", "xls": "xlsx", "xlsm": "xlsx"}
        return known.get(value.lower(), value.lower()) if isinstance(value, str) else value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is None or value.lower() == "auto":
            return None
        try:
            found = codecs.lookup(value)
        except LookupError:
            raise ValueError(f"unknown encoding {value!r}; known are e.g. {ENCODINGS}") from None
        if not found._is_text_encoding:
            raise ValueError(f"{value!r} is no encoding of text; take e.g. {ENCODINGS}")
        return found.name

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        if value is None:
            return None
        value = DELIMITERS.get(value.lower(), value)
        if len(value) != 1 or not value.isascii() or value in '"\r\n' or value.isalnum():
            raise ValueError("must be one character such as ',' ';' '|' or the word tab")
        return value


class Source(Part):
    """Where the values of one canonical column come from.

    Attributes:
        column: the dealer's headings; several are joined by a space (columns that hold lists: by ``; ``).
        format: date formats of this column (strptime), or ``excel`` / ``unix`` for day and second numbers.
        value: a constant instead of a column.
    """

    column: Texts = ()
    format: Texts = ()
    value: Text | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.column) == (self.value is not None):
            raise ValueError("needs either column: HEADING (or a list of headings) or value: CONSTANT")
        return self


def _source(value: Any) -> Any:
    """``phones: Телефон`` and ``phones: [Телефон, Моб]`` are short for ``phones: {column: …}``."""
    return {"column": value} if isinstance(value, str | int | list | tuple) else value


class Bounds(Part):
    """The believable range of a column, ends included: decimals, ISO dates, or ``day``: the business day."""

    min: Text | None = None
    max: Text | None = None


class Guards(Part):
    """When a file is held for a person, as shares: 0.2 is 20 %.

    Attributes:
        shrink: a full feed may have this share of rows fewer than usual.
        grow: … and this share more (1.0: twice as many).
        bad_rows: rows that may be unparseable or quarantined.
        letters: names that may look wrongly decoded, or whose letters are lost.
        volume: ``false`` switches the volume guard off.
        cut: ``false`` lets in files whose last row is broken, as where a sum without a line end stands below a table.
    """

    shrink: float = Field(default=0.2, ge=0, le=1)
    grow: float = Field(default=1.0, ge=0)
    bad_rows: float = Field(default=0.1, ge=0, le=1)
    letters: float = Field(default=0.2, ge=0, le=1)
    volume: bool = True
    cut: bool = True


def _extra(value: Any) -> Any:
    """``extra: [Возраст]`` keeps the heading as the name of the evidence."""
    if isinstance(value, str):
        value = [value]
    return {item: item for item in value} if isinstance(value, list | tuple) else value


class FeedSpec(Layout):
    """How one dealer sends one feed.

    Attributes:
        files: patterns (``klienty_*.csv``) of this feed's files, beside the feed's own name as prefix.
        delta: True when a file holds only what changed; ``None``: when its name says ``delta``.
        decimal: the decimal sign; ``None``: a point, or a comma where it can be nothing else.
        date_formats: strptime formats, tried in order; the default formats follow.
        columns: canonical column → `Source`. A canonical column that is not listed is read from a heading of
            its own name, if the file has one.
        lookups: canonical column → {raw value: canonical value}; case and outer blanks do not matter.
        bounds: canonical column → believable range.
        extra: name → heading of further evidence, kept as JSON beside the canonical columns.
        ignore: headings that are known and not wanted.
        missing: words that mean "no value" here, beside the usual ones.
        guards: when to hold a file.
    """

    files: Texts = ()
    delta: bool | None = None
    decimal: Literal[".", ","] | None = None
    date_formats: Texts = ()
    columns: dict[str, Annotated[Source, BeforeValidator(_source)]] = Field(default_factory=dict)
    lookups: dict[str, Annotated[dict[str, Text], BeforeValidator(_text_keys)]] = Field(default_factory=dict)
    bounds: dict[str, Bounds] = Field(default_factory=dict)
    extra: Annotated[dict[str, Text], BeforeValidator(_extra)] = Field(default_factory=dict)
    ignore: Texts = ()
    missing: Texts = ()
    guards: Guards = Field(default_factory=Guards)

    @field_validator("date_formats")
    @classmethod
    def _formats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            if "%" not in text and text not in ("excel", "unix"):
                raise ValueError(f"{text!r} is no date format; write e.g. '%d.%m.%Y' or '%d.%m.%Y %H:%M'")
        return value

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of all that decides what a row of this feed means."""
        body = self.model_dump(mode="json", exclude=set(CONTENT_FREE), exclude_defaults=True)
        return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


class Specification(Part):
    """All that is known of the files of one dealer, or of a base that several dealers extend.

    Attributes:
        name: dealer code, or the base's name.
        description: for people: the DMS and version, who exports, since when.
        timezone: IANA zone of naive times.
        country: ISO 3166-1 alpha-2 code, lower-case, assumed for phones and addresses that name none.
        feeds: feed → `FeedSpec`; a feed that is not listed comes in canonical columns.
    """

    name: str
    description: str | None = None
    timezone: str = "Europe/Moscow"
    country: str = Field(default="ru", pattern="^[a-z]{2}$")
    feeds: dict[str, FeedSpec] = Field(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (LookupError, ValueError, OSError):
            raise ValueError(f"unknown time zone {value!r}; e.g. Europe/Moscow, Asia/Yekaterinburg") from None
        return value

    def feed(self, name: str) -> FeedSpec:
        """The specification of feed ``name``, or the canonical one when this dealer has none for it."""
        return self.feeds.get(name) or canonical_spec(name)

    def fingerprint(self, feed: str) -> str:
        """SHA-256 (hex) of all that decides what a row of ``feed`` means, zone and country included."""
        text = f"{self.timezone}\n{self.country}\n{self.feed(feed).fingerprint}"
        return hashlib.sha256(text.encode()).hexdigest()


_CANONICAL = FeedSpec()


def canonical_spec(feed: str | Feed) -> FeedSpec:
    """What holds without a specification: canonical columns, UTF-8, sniffed delimiter, full or delta by name.

    Raises `Invalid` for an unknown feed.
    """
    name = feed if isinstance(feed, str) else feed.name
    if name not in FEEDS:
        raise Invalid(f"Unknown feed {name!r}; the feeds are {', '.join(FEEDS)}.")
    return _CANONICAL


def canonical_specification(dealer: str, timezone: str | None = None) -> Specification:
    """The specification of a dealer that has none."""
    return Specification(name=dealer, timezone=timezone or "Europe/Moscow")
