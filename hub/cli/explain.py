"""`dealerhub explain`: why two records are one, or not, and how a golden record came to be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from hub.cli.console import deployment, say, table

if TYPE_CHECKING:
    from hub.flows.explain_customer import CustomerExplanation
    from hub.flows.explain_pair import PairExplanation
    from hub.store.explanations import Seen


def explain(
    a: Annotated[str, typer.Argument(help="Id of a record, or a golden id.")],
    b: Annotated[str | None, typer.Argument(help="Id of another; without it, how customer A came to be.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the evidence of the pair as a picture.")] = None,
) -> None:
    """Why two records are, or are not, one; or how a golden record came to be.

    A golden id is the id of its customer's first-seen record, and two ids are compared as records. Their customers are
    weighed against each other, too.
    """
    from hub.errors import Invalid
    from hub.flows.explain_customer import explain_customer
    from hub.flows.explain_pair import explain_pair

    if svg and not b:
        raise Invalid("--svg draws a pair: give two ids.")
    one, other = _id(a), _id(b) if b else None
    with deployment() as (_, db), db.worker() as conn:
        if other is None:
            _tell_customer(explain_customer(conn, one, None))
            return
        found = explain_pair(conn, one, other, None)
    _tell_pair(found)
    if svg:
        _draw(found, svg)


def _id(text: str) -> UUID:
    from hub.errors import Invalid

    try:
        return UUID(text)
    except ValueError:
        raise Invalid(
            "That is no id: an id looks like 5f0c…-…; `dealerhub export links` and search list them."
        ) from None


def _draw(found: PairExplanation, path: Path) -> None:
    from hub.errors import Invalid
    from hub.matching.waterfall import waterfall

    picture = waterfall(found.reasons, found.model.match, found.model.review, found.forbidden, found.verdict)
    try:
        path.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}.") from None
    say(f"The evidence as a picture is in {path}")


def _tell_pair(found: PairExplanation) -> None:
    score = found.score
    _tell_records((score.a, score.b), "The two records")
    rows = [
        (one.field, one.level + (", contradicts" if one.field in found.forbidden else ""), one.weight)
        for one in found.reasons
    ]
    rows.append(("score", f"{score.decision}, probability {score.probability:.6f}", score.log2_odds))
    table(("field", "level", "bits"), rows, f"Evidence, by the model {found.model.version}")
    say(f"Keys in common: {', '.join(found.keys) or 'none'}")
    if found.link is not None:
        say(f"Link between their customers: {found.link:.1f} bits (match from {found.model.match:.1f})")
    for one in found.contradictions:
        say(f"Contradiction: {_name(one.a)} and {_name(one.b)}: {'; '.join(one.by)}")
    say(found.verdict)


def _tell_customer(found: CustomerExplanation) -> None:
    _tell_records(found.members, f"Golden record {found.golden_id}, by the model {found.model}")
    if found.pairs:
        rows = [(_name(pair.a), _name(pair.b), pair.log2_odds, pair.decision) for pair in found.pairs]
        table(("record", "record", "bits", "decision"), rows, "Scores among its records")
    say(f"Clustering looked at {found.component:,} records together" + (", cut to size." if found.cut else "."))
    for number, step in enumerate(found.steps, 1):
        verb = _VERBS[step.kind]
        say(f"{number}. {_names(step.left)} + {_names(step.right)}: {verb}, {step.link:.1f} bits")
        if step.rivals:
            say(f"   they lean as well to {' and to '.join(map(_names, step.rivals))}, which contradict each other")
    for apart in found.apart:
        by = "; ".join(sorted({by for one in apart.contradictions for by in one.by}))
        link = "" if apart.link is None else f", {apart.link:.1f} bits"
        say(f"Apart from {_names(apart.other)}: {apart.why}{link}{': ' + by if by else ''}")
    for one in found.waiting:
        say(f"Waits for a steward ({one.reason}): {_name(one.a)} and {_name(one.b)}, {one.log2_odds:.1f} bits")
    if not found.current:
        say("The base changed since the last matching: the steps do not lead to these records.")


_VERBS = {"merge": "joined", "steward": "joined by a steward", "ambiguous": "NOT joined, for doubt"}


def _tell_records(records: Sequence[Seen], title: str) -> None:
    rows = [(_name(one), str(one.record_id), one.kind, one.full_name, one.birth_date, one.city) for one in records]
    table(("record", "id", "kind", "name", "birth date", "city"), rows, title)


def _names(records: Sequence[Seen]) -> str:
    return "{" + ", ".join(map(_name, records)) + "}"


def _name(seen: Seen) -> str:
    return f"{seen.dealer}/{seen.feed}/{seen.record_no}"
