"""Why are these two one, or not; how did this customer come to be."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.auth import READERS, Access, Caller
from api.problems import responses
from api.routers.match import shown
from api.schemas.explain import (
    CustomerExplained,
    PairExplained,
    Scored,
    SeenRecord,
    ShownApart,
    ShownContradiction,
    ShownStep,
    ShownWaiting,
)
from hub.flows import explain_customer as telling
from hub.flows import tellable_records as tellable
from hub.flows.explain_customer import explain_customer
from hub.flows.explain_pair import explain_pair
from hub.matching.waterfall import STYLE, waterfall
from hub.store.explanations import Seen

router = APIRouter(prefix="/v1/explain", tags=["explain"], responses=responses(401, 403, 404, 410, 422))
Reader = Annotated[Caller, Depends(Access(*READERS))]
RecordId = Annotated[UUID, Query(description="The id of a record; a golden id is that of its first-seen record.")]
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"


@router.get("/pair", summary="Why two records are, or are not, one")
def explain_two(caller: Reader, a: RecordId, b: RecordId) -> PairExplained:
    """The evidence of each field, adding up to the score; whether they are one customer; else what stands between.

    Two records can be two customers in spite of a high score: clusters weigh all pairs between them, and a
    contradiction between any two forbids a merge. A dealer can ask about its own records only.
    """
    with caller.session() as session:
        found = explain_pair(session.conn, a, b, session.dealer)
    return PairExplained(
        verdict=found.verdict,
        together=found.together,
        records=[_record(found.score.a), _record(found.score.b)],
        log2_odds=found.score.log2_odds,
        probability=found.score.probability,
        decision=found.score.decision,
        match_threshold=found.model.match,
        review_threshold=found.model.review,
        reasons=[shown(reason) for reason in found.reasons],
        forbidden=found.forbidden,
        keys=found.keys,
        link=found.link,
        contradictions=_contradictions(found.contradictions),
        waits=found.waits,
        model=found.model.version,
    )


@router.get(
    "/pair.svg",
    summary="The evidence of a pair as a picture",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}, "description": "A waterfall."}},
)
def draw_pair(caller: Reader, a: RecordId, b: RecordId) -> Response:
    """One bar a field, from where the sum stood to where it stands, with the thresholds as lines.

    The picture holds fields, levels and numbers, and nobody's data. It follows a light or a dark page.
    """
    with caller.session() as session:
        found = explain_pair(session.conn, a, b, session.dealer)
    picture = waterfall(found.reasons, found.model.match, found.model.review, found.forbidden, found.verdict)
    return Response(picture, headers={"Content-Security-Policy": _POLICY}, media_type="image/svg+xml")


@router.get("/customer/{golden_id}", summary="How a customer came to be")
def explain_golden(
    caller: Reader,
    golden_id: Annotated[UUID, Path(description="The id of any record that the customer is made of.")],
) -> CustomerExplained:
    """Members, the scores among them, the steps of clustering in order, who stayed apart and why, and what waits.

    A dealer's explanation is made of its own records of that customer alone.
    """
    with caller.session() as session:
        found = explain_customer(session.conn, golden_id, session.dealer)
    return CustomerExplained(
        golden_id=found.golden_id,
        model=found.model,
        members=_ids(found.members),
        records=[_record(one) for one in _named(found)],
        component=found.component,
        cut=found.cut,
        current=found.current,
        pairs=[_scored(pair) for pair in found.pairs],
        steps=[
            ShownStep(
                kind=step.kind,
                left=_ids(step.left),
                right=_ids(step.right),
                link=step.link,
                rivals=[_ids(rival) for rival in step.rivals],
            )
            for step in found.steps
        ],
        apart=[
            ShownApart(
                records=_ids(apart.other),
                why=apart.why,
                link=apart.link,
                contradictions=_contradictions(apart.contradictions),
            )
            for apart in found.apart
        ],
        waiting=[
            ShownWaiting(a=one.a.record_id, b=one.b.record_id, log2_odds=one.log2_odds, reason=one.reason)
            for one in found.waiting
        ],
    )


def _named(found: telling.CustomerExplanation) -> list[Seen]:
    """Every record that the explanation names, once, the members first."""
    sides = [*found.members]
    for step in found.steps:
        sides += [*step.left, *step.right, *(one for rival in step.rivals for one in rival)]
    sides += [one for apart in found.apart for one in apart.other]
    sides += [side for one in found.waiting for side in (one.a, one.b)]
    return list({one.rid: one for one in sides}.values())


def _scored(pair: tellable.Score) -> Scored:
    return Scored(
        a=pair.a.record_id,
        b=pair.b.record_id,
        log2_odds=pair.log2_odds,
        probability=pair.probability,
        decision=pair.decision,
    )


def _contradictions(found: Iterable[tellable.Contradiction]) -> list[ShownContradiction]:
    return [ShownContradiction(a=one.a.record_id, b=one.b.record_id, by=one.by) for one in found]


def _ids(records: Iterable[Seen]) -> list[UUID]:
    return [record.record_id for record in records]


def _record(seen: Seen) -> SeenRecord:
    return SeenRecord(**{name: getattr(seen, name) for name in SeenRecord.model_fields})
