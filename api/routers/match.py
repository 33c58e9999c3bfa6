"""A partial person in, candidates out: the very model and functions of the nightly match."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from api.auth import EVERYONE, Access, Caller
from api.problems import responses
from api.schemas.match import Batch, Match, Matches, Partial, Reason
from hub.errors import Invalid
from hub.flows import identify as identifying
from hub.flows.identify import identify
from hub.matching import score

router = APIRouter(prefix="/v1/customers", tags=["customers"], responses=responses(401, 403, 413, 422))


@router.post("/match", summary="Find the customers that a person may be", response_model=Match)
def match_customer(caller: Annotated[Caller, Depends(Access(*EVERYONE))], partial: Partial) -> Response:  # type: ignore[valid-type]
    """Candidates with probability, decision, and the evidence of each field, the likeliest first.

    Nothing is stored. A dealer's candidates come from its own records only.
    """
    row, limit = asked(partial)
    with caller.session() as session:
        found = identify(session.conn, [row], limit, session.dealer)[0]
        caller.record.show(one.golden_id for one in found)
    return Response(rendered(found), media_type="application/json")


@router.post("/match/batch", summary="Find the customers that many persons may be", response_model=Matches)
def match_customers(caller: Annotated[Caller, Depends(Access(*EVERYONE))], batch: Batch) -> Response:
    """The same as `match` for up to 1,000 persons, with one look into the base for all of them.

    `results` answers `persons` in their order. Each is matched as if it stood alone. Nothing is stored.
    """
    rows = [_columns(person) for person in batch.persons]
    with caller.session() as session:
        found = identify(session.conn, rows, batch.limit, session.dealer)
        caller.record.show(one.golden_id for each in found for one in each)
    body = b'{"results":[' + b",".join(rendered(one) for one in found) + b"]}"
    return Response(body, media_type="application/json")


def asked(partial: BaseModel) -> tuple[dict[str, str | None], int]:
    """The canonical text row and the limit."""
    return _columns(partial), partial.limit  # type: ignore[attr-defined]


def _columns(person: BaseModel) -> dict[str, str | None]:
    """The canonical text row; several values of a list are joined as a dealer would."""
    row = {name: _text(value) for name, value in person.model_dump(exclude=_ASIDE, exclude_unset=True).items()}
    if not any(row.values()):
        raise Invalid("Give at least one column, e.g. full_name or phones.")
    return row


_ASIDE = {"limit"}


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, bool):
        value = "true" if value else "false"
    return value.strip() or None if value else None


def rendered(found: Sequence[identifying.Candidate]) -> bytes:
    """The answer for one person, as `Match` describes it: written by hand, since it is asked for a thousand times a second."""
    return f'{{"candidates":[{",".join(map(_candidate, found))}]}}'.encode()


def _candidate(found: identifying.Candidate) -> str:
    reasons = ",".join([_reason(reason.field, reason.level, reason.weight) for reason in found.reasons])
    return (
        f'{{"golden_id":"{found.golden_id}","probability":{found.probability},"log2_odds":{found.log2_odds},'
        f'"decision":"{found.decision}","reasons":[{reasons}]}}'
    )


@lru_cache(maxsize=1 << 16)
def _reason(field: str, level: str, weight: float) -> str:
    told = shown(score.Reason(field, level, weight))
    return (
        f'{{"field":{_quoted(told.field)},"level":{_quoted(told.level)},"weight":{told.weight},'
        f'"detail":{_quoted(told.detail)}}}'
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def shown(reason: score.Reason) -> Reason:
    """The evidence of one field as the API shows it."""
    return Reason(field=reason.field, level=reason.level, weight=round(reason.weight, 3), detail=_detail(reason))


def _detail(reason: score.Reason) -> str:
    """The evidence in words."""
    if reason.field == "prior":
        return f"before any evidence: two records at random are one party with odds of 2^{reason.weight:.1f}"
    if not round(reason.weight, 3):
        return f"{reason.field}: {reason.level}; no evidence either way"
    if (reason.field, reason.level) == ("name", "capped"):
        return f"name: capped; what surname, given name and patronymic say beyond the cap does not count ({reason.weight:.1f})"
    if reason.field == "kin":
        return f"kin: {reason.level}; two relatives would agree in much of this, too ({reason.weight:.1f})"
    side = "for" if reason.weight > 0 else "against"
    strength = next(word for least, word in _STRENGTHS if abs(reason.weight) >= least)
    return f"{reason.field}: {reason.level}; {strength} evidence {side}"


_STRENGTHS = ((8.0, "very strong"), (4.0, "strong"), (1.5, "some"), (0.0, "hardly any"))  # log2 odds
