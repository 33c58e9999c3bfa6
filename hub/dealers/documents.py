"""Reading specifications from YAML: errors that name file, key and cure; bases merged in by ``extends``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from hub.dealers.specification import FeedSpec, Source, Specification
from hub.errors import Invalid
from hub.feeds import FEEDS, Feed, Type

Document = dict[str, Any]
LARGEST = 1_000_000  # bytes; a specification is some pages of text
ATOMIC = {"columns"}  # a column's source replaces the base's as a whole: half of each would be a third thing


class _Loader(yaml.SafeLoader):
    """YAML with text as text (``да``, ``no``, ``007`` stay as written), no aliases, no key given twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(
                None,
                None,
                "aliases (*name) are not read; share parts among dealers with extends:",
                self.peek_event().start_mark,  # type: ignore[no-untyped-call]
            )
        return super().compose_node(parent, index)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Document:
    found: Document = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str) or key in found:
            problem = f"key {key!r} is given twice" if isinstance(key, str) else "a key must be plain text"
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.yaml_implicit_resolvers = {}
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:null", lambda loader, node: None)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|)$"), ["~", "n", ""])


def parse_yaml(text: str, name: str) -> Document:
    """Read one YAML mapping; all scalars stay text, except an unquoted null.

    Raises `Invalid` naming ``name``, line and problem.
    """
    if len(text) > LARGEST:
        raise Invalid(f"{name}: larger than {LARGEST:,} characters; a specification is a few pages of YAML.")
    try:
        body = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise Invalid(f"{name}:{place}: not valid YAML: {problem}.") from None
    except RecursionError:
        raise Invalid(f"{name}: nested too deeply; a specification has about five levels.") from None
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Invalid(f"{name}: must be a mapping such as `feeds: {{customers: …}}`.")
    return body


def read_text(path: Path) -> str:
    """The text of a YAML or CSV file that people write: UTF-8, with or without a byte order mark."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Invalid(f"{path}: no such file.") from None
    except UnicodeDecodeError as error:
        raise Invalid(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8.") from None
    except OSError as error:
        raise Invalid(f"{path}: cannot be read: {error.strerror}.") from None


def load(path: Path, folder: Path | None = None) -> Specification:
    """Read one specification; bases that it extends are looked for beside it, or in ``folder``.

    Raises `Invalid` naming file, key and cure.
    """
    documents: dict[str, Document] = {}
    wanted = [path.stem]
    documents[path.stem] = parse_yaml(read_text(path), path.name)
    while wanted:
        for base in bases_of(documents[wanted.pop()]):
            if base not in documents:
                found = _base_file(base, folder or path.parent)
                if found is not None:
                    documents[base] = parse_yaml(read_text(found), found.name)
                    wanted.append(base)
    return specification(path.stem, documents, path.name)


def load_folder(folder: Path) -> dict[str, Specification]:
    """All specifications of a folder (``*.yml``, ``*.yaml``), bases included, by name.

    Files in ``folder/bases`` are bases only: they can be extended and are not returned.
    """
    own = sorted(path for path in folder.glob("*.y*ml") if path.suffix in (".yml", ".yaml"))
    bases = sorted(path for path in (folder / "bases").glob("*.y*ml") if path.suffix in (".yml", ".yaml"))
    documents = {path.stem: parse_yaml(read_text(path), path.name) for path in [*bases, *own]}
    return {path.stem: specification(path.stem, documents, path.name) for path in own}


def _base_file(name: str, folder: Path) -> Path | None:
    if "/" in name or "\\" in name or name.startswith("."):
        return None
    places = [room / f"{name}{ending}" for room in (folder, folder / "bases") for ending in (".yml", ".yaml")]
    return next((place for place in places if place.is_file()), None)


def bases_of(document: Document) -> list[str]:
    """Names that a document extends, in order: later ones win over earlier ones."""
    value = document.get("extends") or []
    return [value] if isinstance(value, str) else [str(item) for item in value]


def resolve(name: str, documents: Mapping[str, Document], trail: tuple[str, ...] = ()) -> Document:
    """The document ``name`` with its bases merged in, and without ``extends``.

    Mappings merge key by key, everything else replaces the base's; ``key: null`` removes it.
    Raises `Invalid` for an unknown base and for a cycle.
    """
    if name in trail:
        circle = " → ".join([*trail, name])
        raise Invalid(f"{trail[0]}: extends goes in a circle: {circle}. Take one link out.")
    if name not in documents:
        near = get_close_matches(name, documents, 1)
        cure = f"did you mean {near[0]!r}?" if near else "put its file beside this one, or into bases/."
        raise Invalid(f"{trail[-1] if trail else name}: extends: no specification {name!r}; {cure}")
    own = documents[name]
    merged: Document = {}
    for base in bases_of(own):
        merged = merge(merged, resolve(base, documents, (*trail, name)))
    merged.pop("name", None)
    merged.pop("description", None)
    merged = merge(merged, own)
    merged.pop("extends", None)
    return merged


def merge(base: Document, own: Document, atomic: bool = False) -> Document:
    """``own`` laid over ``base``; ``atomic``: values are replaced whole."""
    result = dict(base)
    for key, value in own.items():
        below = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(below, dict) and not atomic:
            result[key] = merge(below, value, key in ATOMIC)
        elif isinstance(value, dict) and not atomic:
            result[key] = merge({}, value, key in ATOMIC)
        else:
            result[key] = value
    return result


def specification(name: str, documents: Mapping[str, Document], place: str) -> Specification:
    """Resolve and validate the document ``name``; ``place`` is what errors call it."""
    body = resolve(name, documents)
    body.setdefault("name", name)
    try:
        found = Specification.model_validate(body)
    except ValidationError as error:
        raise Invalid(f"{place}: {problems(error)}") from None
    for feed, spec in found.feeds.items():
        if feed not in FEEDS:
            known = ", ".join(FEEDS)
            raise Invalid(f"{place}: feeds.{feed}: unknown feed{_near(feed, FEEDS)}; the feeds are {known}.")
        check_names(spec, FEEDS[feed], f"{place}: feeds.{feed}")
    return found


def check_names(spec: FeedSpec, feed: Feed, place: str) -> None:
    """Every canonical column that ``spec`` names exists, and choices are looked up to known values.

    Raises `Invalid` naming key and cure.
    """
    for key in ("columns", "lookups", "bounds"):
        for name in getattr(spec, key):
            if name not in feed.names:
                raise Invalid(
                    f"{place}.{key}.{name}: {feed.name} has no such column{_near(name, feed.names)}; "
                    f"its columns are {', '.join(feed.names)}."
                )
    for name, words in spec.lookups.items():
        column = feed.column(name)
        allowed = ("true", "false") if column.type is Type.FLAG else column.choices
        for raw, value in words.items():
            if allowed and value not in allowed:
                raise Invalid(f"{place}.lookups.{name}.{raw}: {value!r} is not one of {', '.join(allowed)}.")
    for name in spec.bounds:
        if feed.column(name).type not in (Type.DATE, Type.TIME, Type.NUMBER, Type.INTEGER):
            raise Invalid(f"{place}.bounds.{name}: only dates, times and numbers have bounds; remove it.")


def parse(text: str, name: str) -> Specification:
    """Read a specification that stands alone (its bases already merged in), e.g. from the store."""
    return specification(name, {name: parse_yaml(text, name)}, name)


def dump(found: Specification) -> str:
    """The YAML of a resolved specification; `parse` gives an equal one back."""
    body = found.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=110)


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), 1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def problems(error: ValidationError, most: int = 5) -> str:
    """Pydantic's complaints as sentences that name the key and the cure."""
    said = []
    for item in error.errors()[:most]:
        key = ".".join(str(part) for part in item["loc"]) or "(top)"
        if item["type"] == "extra_forbidden":
            known = {**FeedSpec.model_fields, **Specification.model_fields, **Source.model_fields}
            said.append(f"{key}: unknown key{_near(str(item['loc'][-1]), known)}; correct or remove it")
        elif item["type"] == "missing":
            said.append(f"{key}: is missing; add it")
        else:
            said.append(f"{key}: {item['msg'].removeprefix('Value error, ')}")
    more = len(error.errors()) - most
    return "; ".join(said) + (f"; and {more} more" if more > 0 else "") + "."


def first_fault(error: ValidationError, model: str) -> str:
    """The first fault of a checked document: its key, what is wrong, and where to look.

    Args:
        model: path of the file that ships with the hub and has every key.
    """
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown key {place!r}; see {model} for those that there are."
    if first["type"] == "missing":
        return f"{place} is missing; copy the line from {model}."
    return f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}."
