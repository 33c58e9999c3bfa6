"""The tables of rules in ``suites/``, read, checked and expanded to one rule a column and feed."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from expectations.readings import READINGS, READINGS_VERSION, reads_together
from hub.feeds import FEEDS, Column, Feed

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is there

PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
"""The one comparison in use; equal values pass it, and a row that lacks either value is not judged."""


class Rule(BaseModel):
    """One expectation of one feed.

    Attributes:
        rule: id, unique within the feed, e.g. ``birth_date.unreadable``.
        columns: what is read; for a pair, the greater one first.
        judged: the canonical column that an issue names; None for the row as a whole.
        read: name of the reading (`expectations.readings.READINGS`).
        expect: the expectation's name in Great Expectations.
        arguments: its further arguments.
        severity: ``row``, ``value`` or ``warn``.
        reason: what is wrong and the cure; ``{column}`` stands for the row's own value of a column.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    columns: tuple[str, ...]
    judged: str | None
    read: str = "text"
    expect: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    severity: Literal["row", "value", "warn"]
    reason: str

    @field_validator("read")
    @classmethod
    def _known(cls, read: str) -> str:
        if read not in READINGS:
            raise ValueError(f"unknown reading {read}; one of {', '.join(READINGS)}")
        return read

    @property
    def is_pair(self) -> bool:
        """True when two columns are compared."""
        return self.expect == PAIR

    @property
    def needs_null(self) -> bool:
        """True when a missing value is what the rule looks for; all others pass over missing values."""
        return self.expect == "expect_column_values_to_not_be_null" or self.read == "any_present"

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns without which the rule cannot be judged; a reading of several does with any of them."""
        return self.columns if self.is_pair or not reads_together(self.read) else ()

    @property
    def reason_parts(self) -> tuple[str, ...]:
        """The reason cut at its placeholders: text, column, text, column … text."""
        return tuple(re.split(r"\{(\w+)\}", self.reason))


def _entries(name: str) -> list[dict[str, Any]]:
    """The entries of one table of ``suites/``."""
    table = files("expectations").joinpath("suites", f"{name}.yml").read_text(encoding="utf-8")
    return list(yaml.load(table, Loader=_LOADER))


@cache
def reasons() -> tuple[str, ...]:
    """What the rules of all feeds may say, as it stands in the tables, ``{column}``, ``{choices}`` and bounds unfilled."""
    tables = ("every_feed", "types", *FEEDS)
    return tuple(dict.fromkeys(str(entry["reason"]) for table in tables for entry in _entries(table)))


def _fill(value: Any, column: Column) -> Any:
    """``value`` with the column's name and choices in place of ``{column}`` and ``{choices}``."""
    if value == "{choices}":
        return list(column.choices)
    if isinstance(value, str):
        return value.replace("{column}", column.name).replace("{choices}", ", ".join(column.choices))
    if isinstance(value, list):
        return [_fill(item, column) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, column) for key, item in value.items()}
    return value


def _expand(entry: dict[str, Any], feed: Feed) -> list[Rule]:
    """The rules that an entry makes in a feed: one, or one for each column it is for, or none."""
    entry = dict(entry)
    types, names = entry.pop("types", None), entry.pop("for", None)
    if types is None and names is None:
        return [_rule(entry, feed)]
    chosen = [c for c in feed.columns if c.type in (types or ()) or c.name in (names or ())]
    return [_rule(_fill(entry, column), feed) for column in chosen]


def _rule(entry: dict[str, Any], feed: Feed) -> Rule:
    """One entry, checked against the feed's columns."""
    fields = dict(entry)
    columns = fields.pop("columns")
    fields["columns"] = (columns,) if isinstance(columns, str) else tuple(columns)
    fields["arguments"] = fields.pop("with", {})
    fields.setdefault("judged", fields["columns"][0])
    rule = Rule(**fields)
    if rule.judged is not None:
        feed.column(rule.judged)
    return rule


@cache
def rules_of(feed: str) -> tuple[Rule, ...]:
    """All rules of a feed: of its columns' types, of every feed, and its own.

    Raises ``KeyError`` for an unknown feed or column, ``ValueError`` for a malformed entry or a repeated id.
    """
    known = FEEDS[feed]
    entries = [*_entries("every_feed"), *_entries("types"), *_entries(feed)]
    rules = tuple(rule for entry in entries for rule in _expand(entry, known))
    ids = [rule.rule for rule in rules]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise ValueError(f"{feed}: rules with one id: {', '.join(sorted(twice))}")
    return rules


@cache
def rules_version() -> str:
    """Changes whenever a rule or reading does; 12 hex characters. The library's own version is left out."""
    body = {feed: [rule.model_dump() for rule in rules_of(feed)] for feed in FEEDS}
    text = json.dumps([READINGS_VERSION, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
