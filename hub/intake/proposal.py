"""Drafting a dealer's specification from a sample of its export, for a person to read, correct and install."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from hub.dealers.specification import FeedSpec, Layout, Specification
from hub.dealers.vocabulary import choice_words, flag_words
from hub.errors import Invalid, Unreadable
from hub.feeds import FEEDS, Feed, Type
from hub.intake import guess
from hub.intake.mapping import heading_key
from hub.intake.naming import feed_of, says_delta
from hub.intake.readers import open_raw
from hub.intake.readers.packed import unpack
from hub.intake.readers.sniff import MARKS
from hub.intake.values import present

SAMPLE = 5_000  # rows that a draft is made from
TITLE_ROWS = 16  # rows within which the headings are looked for
ENOUGH = 3  # so many known headings are a heading row
FEW = 40  # distinct values of a column of choices; more of them are hardly choices, and are not listed


@dataclass(frozen=True)
class Proposal:
    """A draft.

    Attributes:
        specification: valid as it is; holds one feed.
        feed: the feed that the sample was taken for.
        rows: rows of the sample that were looked at.
        sureness: canonical column → how sure its heading is, 0 to 1.
        unknown: headings that nothing was found for.
        words: canonical column → words that no choice is known for, with how often they stand in the sample.
        notes: what a person should look at.
    """

    specification: Specification
    feed: str
    rows: int
    sureness: dict[str, float] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    words: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def propose(path: Path, feed: str | None = None, name: str | None = None) -> Proposal:
    """Draft a specification from a sample file.

    Args:
        feed: canonical feed; None: told by the file's name, else by its headings.
        name: dealer code or name of a base; the name of the sample's folder by default.

    Raises:
        Invalid: unknown feed.
        Unreadable: the sample cannot be read; the text says why.
    """
    if feed is not None and feed not in FEEDS:
        raise Invalid(f"Unknown feed {feed!r}; the feeds are {', '.join(FEEDS)}.")
    layout = _below_title(path, _layout(path), FEEDS[feed] if feed else None)
    with open_raw(path, layout) as reader:
        sample = next(iter(reader), pl.DataFrame(schema={"_row": pl.Int64, **dict.fromkeys(reader.columns, pl.String)}))
        columns, bad = list(reader.columns), len(reader.bad_rows)
        found = {"format": reader.format, "delimiter": getattr(reader, "delimiter", None)}
    sample = sample.head(SAMPLE)
    chosen = FEEDS[feed or feed_of(path.name) or guess.feed_of_headings(columns)]
    draft = _Draft(sample, chosen)
    body = {
        **found,
        "encoding": layout.encoding,
        "skip_rows": layout.skip_rows,
        "files": [] if feed_of(path.name) else [_pattern(path)],
        "delta": True if says_delta(path.name) else None,
        **draft.body(),
    }
    spec = FeedSpec.model_validate({key: value for key, value in body.items() if value not in (None, [], {})})
    if bad:
        draft.notes.append(f"{bad:,} rows of the sample could not be parsed; `specs check` tells why")
    if "record_no" not in draft.columns and "record_no" not in map(heading_key, columns):
        draft.notes.append("record_no: no column seems to be the dealer's key; name it, every row needs one")
    specification = Specification(name=name or path.resolve().parent.name or "dealer", feeds={chosen.name: spec})
    return Proposal(
        specification, chosen.name, sample.height, draft.sureness, tuple(draft.unknown), draft.words, tuple(draft.notes)
    )


def _layout(path: Path) -> Layout:
    """The encoding to read a sample with, where it needs to be declared."""
    payload = unpack(path)
    try:
        marked = any(payload.head.startswith(mark) for mark, _ in MARKS)
        texts = not payload.head.startswith((b"PAR1", b"PK", b"\xd0\xcf\x11\xe0", b"<?xml"))
        return Layout(encoding=guess.encoding(payload.head) if texts and not marked else None)
    finally:
        payload.close()


def _below_title(path: Path, layout: Layout, feed: Feed | None) -> Layout:
    """The layout with as many rows skipped as stand above the headings: a title, a report's period, a blank row."""
    best, known = layout, _known_headings(path, layout, feed)
    for skip in range(1, TITLE_ROWS):
        if known >= ENOUGH:
            break
        below = layout.model_copy(update={"skip_rows": skip})
        if (found := _known_headings(path, below, feed)) > known + 1:
            best, known = below, found
    return best


def _known_headings(path: Path, layout: Layout, feed: Feed | None) -> int:
    """How many headings name a canonical column; 0 where there are no headings, or none could be."""
    try:
        with open_raw(path, layout) as reader:
            if reader.format not in ("csv", "xlsx"):
                return ENOUGH
            headings = list(reader.columns)
    except Unreadable:
        return 0
    return guess.known(headings, feed or FEEDS[guess.feed_of_headings(headings)])


def _pattern(path: Path) -> str:
    """A pattern for the files of this name: the letters before any date."""
    stem = path.name.split(".")[0].rstrip("0123456789-_ ")
    return f"{stem or path.name}*"


class _Draft:
    """What the sample says about columns and values."""

    def __init__(self, sample: pl.DataFrame, feed: Feed) -> None:
        self._feed = feed
        # columns by place: a heading may read as a pattern of columns, as "*" does
        texts = sample.drop("_row")
        read = pl.DataFrame([text.alias(str(place)) for place, text in enumerate(texts)])
        read = read.select(present(pl.all().str.strip_chars()))
        self._sample = sample.select("_row").hstack(
            [read.to_series(place).alias(name) for place, name in enumerate(texts.columns)]
        )
        found = guess.columns_of(self._sample, feed)
        if "record_no" not in found and (
            key := self._key({heading for items in found.values() for heading, _ in items})
        ):
            found["record_no"] = [(key, 0.5)]
        self.columns = {name: [heading for heading, _ in items] for name, items in found.items()}
        self.sureness = {name: min(sureness for _, sureness in items) for name, items in found.items()}
        taken = {heading for headings in self.columns.values() for heading in headings}
        self.unknown = [heading for heading in sample.columns if heading != "_row" and heading not in taken]
        self.words: dict[str, dict[str, int]] = {}
        self.notes: list[str] = []

    def _key(self, taken: set[str]) -> str | None:
        """A column that is filled and different in every row, and whose heading says id or number."""
        for heading in self._sample.columns:
            words = set(guess.words_of(heading).split()) & {
                "id",
                "ид",
                "код",
                "номер",
                "no",
                "nr",
                "№",
                "key",
                "number",
                "code",
            }
            values = self._sample[heading]
            if heading not in taken and words and values.null_count() == 0 and values.n_unique() == len(values) > 1:
                return heading
        return None

    def body(self) -> dict[str, Any]:
        """The part of a feed's specification that is about columns and values."""
        formats, notes = guess.date_formats(self._of(Type.DATE, Type.TIME))
        self.notes += notes
        return {
            "decimal": guess.decimal_sign(self._of(Type.NUMBER)),
            "date_formats": formats,
            "columns": {
                name: headings[0] if len(headings) == 1 else headings
                for name, headings in self.columns.items()
                if headings != [name]
            },
            "lookups": self._lookups(),
        }

    def _of(self, *types: Type) -> Iterable[pl.Series]:
        for name, headings in self.columns.items():
            if self._feed.column(name).type in types:
                yield from (self._sample[heading].alias(name) for heading in headings)

    def _lookups(self) -> dict[str, dict[str, str]]:
        """The dealer's words for choices; the unknown ones are noted in ``words``."""
        lookups: dict[str, dict[str, str]] = {}
        for name, headings in self.columns.items():
            column = self._feed.column(name)
            if column.type not in (Type.CHOICE, Type.FLAG):
                continue
            known = flag_words() if column.type is Type.FLAG else choice_words(self._feed.name, name)
            canonical = ("true", "false") if column.type is Type.FLAG else column.choices
            counts = self._sample[headings[0]].drop_nulls().value_counts(sort=True, name="count")
            if counts.height > FEW:
                self.notes.append(f"{name}: {counts.height:,} different values; is {headings[0]!r} the right heading?")
                continue
            table = dict(counts.iter_rows())
            found = {word: known[word.lower()] for word in table if word.lower() in known and word not in canonical}
            self.words[name] = {
                word: count for word, count in table.items() if word.lower() not in (*known, *canonical)
            }
            if found:
                lookups[name] = found
        self.words = {name: words for name, words in self.words.items() if words}
        return lookups


def dump_yaml(proposal: Proposal) -> str:
    """The draft as YAML with comments: what is a guess, what nobody could tell, what can be added."""
    spec = proposal.specification.feeds[proposal.feed]
    lines = [
        f"# Draft for the feed {proposal.feed}, from {proposal.rows:,} rows of a sample. Read it line by line, then try it:",
        "#   dealerhub specs check SAMPLE --spec THIS_FILE",
        f"timezone: {proposal.specification.timezone}  # of times without an offset",
        "feeds:",
        f"  {proposal.feed}:",
    ]
    body = spec.model_dump(mode="json", exclude_defaults=True, exclude={"columns", "lookups"})
    comments = {"delta": "only what changed; false: everything the dealer has", "files": "names of this feed's files"}
    for key, value in body.items():
        comment = f"  # {comments[key]}" if key in comments else ""
        lines.append(f"    {key}: {_scalar(value)}{comment}")
    lines += [f"    # {note}" for note in proposal.notes]
    lines += _columns(proposal, spec)
    lines += _lookups(proposal, spec)
    if proposal.unknown:
        lines.append("    # Headings that nothing was found for; take what is useful as evidence, ignore the rest:")
        lines.append("    # extra:")
        lines += [f"    #   - {_scalar(heading)}" for heading in proposal.unknown]
        lines.append(f"    ignore: {_scalar(list(proposal.unknown))}")
    return "\n".join(lines) + "\n"


def _columns(proposal: Proposal, spec: FeedSpec) -> list[str]:
    feed = FEEDS[proposal.feed]
    lines = ["    columns:"] if spec.columns else ["    # All headings are canonical; nothing to map."]
    for name, source in spec.columns.items():
        value = source.column[0] if len(source.column) == 1 else list(source.column)
        unsure = proposal.sureness.get(name, 1.0) < 0.9
        lines.append(f"      {name}: {_scalar(value)}" + ("  # a guess" if unsure else ""))
    missing = [name for name in feed.names if name not in spec.columns and name not in proposal.sureness]
    if missing:
        lines.append(f"      # not found in the sample: {', '.join(missing)}")
    return lines


def _lookups(proposal: Proposal, spec: FeedSpec) -> list[str]:
    names = [name for name in FEEDS[proposal.feed].names if name in spec.lookups or name in proposal.words]
    lines: list[str] = []
    for name in names:
        if name in spec.lookups:
            lines.append(f"      {name}:")
            lines += [f"        {_scalar(raw)}: {_scalar(value)}" for raw, value in spec.lookups[name].items()]
        else:
            lines.append(f"      # {name}:")
        choices = FEEDS[proposal.feed].column(name).choices or ("true", "false")
        for word, count in proposal.words.get(name, {}).items():
            lines.append(f"        # {_scalar(word)}:   ({count:,} rows) one of {', '.join(choices)}")
    return ["    lookups:" if spec.lookups else "    # lookups:", *lines] if lines else []


def _scalar(value: Any) -> str:
    """One value as YAML on one line."""
    text: str = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")
