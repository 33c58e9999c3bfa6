"""The policy that decides whose prospect somebody is: read, try on history, bring into force."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.auth import HEAD_OFFICE, READERS, Access, Caller
from api.problems import responses
from api.schemas.prospects import NewPolicy, NewSimulation, PolicyVersion, Simulation
from hub.flows.policies import activate
from hub.flows.simulate import simulate
from hub.prospects.policy import load
from hub.store.policies import list_policies

router = APIRouter(prefix="/v1/policies", tags=["prospects"], responses=responses(401, 403, 422))
HeadOffice = Annotated[Caller, Depends(Access(HEAD_OFFICE))]
Reader = Annotated[Caller, Depends(Access(*READERS))]


@router.get("", summary="List the versions of the policy")
def read_policies(request: Request, caller: Reader) -> list[PolicyVersion]:
    """All versions in the order in which they came into force; the last one decides now. The rules are no secret."""
    with caller.session():
        pass
    with caller.database.worker() as conn:
        return [PolicyVersion(**vars(one)) for one in list_policies(conn)]


@router.post("", summary="Bring a policy into force", status_code=201, responses=responses(409))
def activate_policy(request: Request, caller: HeadOffice, policy: NewPolicy) -> PolicyVersion:
    """From now on; what was decided before stays judged by the policy then in force. All prospects are settled anew."""
    with caller.session() as session:
        author = session.author
    found, now = load(policy.body, "body"), datetime.now(UTC)
    activate(caller.database, found, now, author)
    return PolicyVersion(version=found.version, active_from=now, body=found.body)


@router.post("/simulations", summary="Try a policy on history")
def simulate_policy(request: Request, caller: HeadOffice, asked: NewSimulation) -> Simulation:
    """Replays history from `since` under a policy: conflicts decided otherwise, leads moved, prospects without owner.

    Nothing is stored.
    """
    with caller.session():
        pass
    found = simulate(caller.database, load(asked.body, "body"), asked.since, datetime.now(UTC))
    return Simulation(
        policy=found.policy, against=found.against, since=found.since, until=found.until, summary=found.summary(),
        dealers=found.table().to_dicts(), chart=found.chart(),
    )  # fmt: skip
