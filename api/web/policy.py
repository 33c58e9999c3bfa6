"""The prospects' policy: its versions, a new one tried on history beside other work, and put in force."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from api.auth import AUDITOR, HEAD_OFFICE, STEWARD
from api.web.columns import Column, Table
from api.web.pages import Page, back_to, render
from api.web.tables import plain, whole
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.errors import HubError, Invalid, NotFound
from hub.flows.policies import activate
from hub.flows.try_policy import begin_trial, run_trial
from hub.prospects.policy import load
from hub.prospects.simulate import COUNTS
from hub.store.audit import add_entry
from hub.store.policies import list_policies
from hub.store.trials import find_trial, latest_trials

router = APIRouter(prefix="/policy", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit(HEAD_OFFICE, STEWARD, AUDITOR))]
HeadOffice = Annotated[Visitor, Depends(Visit(HEAD_OFFICE))]
TrialId = Annotated[int, Path(ge=1, le=2**63 - 1)]
LARGEST = 100_000  # characters of a policy
SILENT = timedelta(minutes=3)  # a trial that tells nothing for so long has died with its process

VERSIONS = Table(
    "policies", N_("Versions"),
    (
        Column("version", N_("Version"), "text", "/policy?version={version}"),
        Column("active_from", N_("In force from"), "moment"),
        Column("standing", N_("State"), "words"),
    ),
    "",
)  # fmt: skip
TRIALS = Table(
    "trials", N_("Tried of late"),
    (
        Column("trial_id", N_("No."), "text", "/policy/trials/{trial_id}"),
        Column("policy", N_("Version")),
        Column("started_at", N_("Begun"), "moment"),
        Column("author", N_("By")),
        Column("since", N_("History from"), "day"),
    ),
    N_("None was tried yet. Change the text, and try it."),
)  # fmt: skip
_TITLES = {
    "conflicts_won": N_("Conflicts won"), "conflicts_lost": N_("Conflicts lost"), "leads_gained": N_("Leads gained"),
    "leads_lost": N_("Leads lost"), "prospects_gained": N_("Prospects gained"), "prospects_lost": N_("Prospects lost"),
    "left_without_owner": N_("Left without owner"),
}  # fmt: skip
OUTCOME = Table(
    "policy-dealers", N_("What changes for each dealer"),
    (Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"), *(Column(name, _TITLES[name], "count") for name in COUNTS)),
    N_("Nothing changes for any dealer."),
)  # fmt: skip
CHANGES = Table(
    "policy-changes", N_("What changes, one by one"),
    (
        Column("what", N_("What"), "words"),
        Column("brand", N_("Brand")),
        Column("purpose", N_("Purpose"), "words"),
        Column("at", N_("At"), "moment"),
        Column("before", N_("Holds it now")),
        Column("rule_before", N_("Rule now"), "words"),
        Column("after", N_("Would hold it")),
        Column("rule_after", N_("Rule then"), "words"),
        Column("golden_id", N_("Customer"), "text", "/customers/{golden_id}"),
    ),
    N_("No conflict, lead or prospect would stand otherwise."),
)  # fmt: skip
_ = (N_("conflict"), N_("lead"), N_("owner"), N_("in force"), N_("over since then"), N_("to come"), N_("contested prospects"),
     N_("conflicts decided otherwise"), N_("leads"), N_("leads moved"), N_("prospects held"), N_("prospects moved"),
     N_("left without owner"), N_("owned for the first time"))  # fmt: skip


@router.get("")
def versions(
    request: Request,
    visitor: Reader,
    version: Annotated[str, Query(max_length=100)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    return _page(request, visitor, version, done, None, "", "")


@router.post("/trials")
async def try_policy(
    request: Request,
    visitor: HeadOffice,
    since: Annotated[date, Form()],
    body: Annotated[str, Form(max_length=LARGEST)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Begin a trial of the text, or of the file if one is chosen."""
    from fastapi.concurrency import run_in_threadpool

    text = body.replace("\r\n", "\n")
    if file is not None and file.filename:
        raw = await file.read(LARGEST * 4)
        text = raw.decode("utf-8", errors="replace")
    return await run_in_threadpool(_begin, request, visitor, text, since)


def _begin(request: Request, visitor: Visitor, text: str, since: date) -> Response:
    now = datetime.now(UTC)
    try:
        if since >= now.date():
            raise Invalid("History begins before today: choose an earlier day.")
        trial_id = begin_trial(visitor.database, text, datetime.combine(since, time(), UTC), visitor.author, now)
    except HubError as error:
        return _page(request, visitor, "", "", error, text, since.isoformat())
    with visitor.session() as session:
        add_entry(session.conn, visitor.author, session.role, None, "try_policy", str(trial_id))
    task = BackgroundTask(run_trial, visitor.database, trial_id)
    return RedirectResponse(f"/policy/trials/{trial_id}", 303, background=task)


@router.get("/trials/{trial_id}")
def trial(request: Request, visitor: Reader, trial_id: TrialId) -> Response:
    return _trial(request, visitor, trial_id, None)


@router.post("/trials/{trial_id}")
def put_in_force(
    request: Request,
    visitor: HeadOffice,
    trial_id: TrialId,
    reason: Annotated[str, Form(min_length=3, max_length=1000)],
    active_from: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Put the policy of a trial in force: now, or from a day to come."""
    now = datetime.now(UTC)
    with visitor.session() as session:
        found = find_trial(session.conn, trial_id)
        if found is None:
            raise NotFound("There is no such trial.")
        add_entry(session.conn, visitor.author, session.role, None, "activate_policy", str(trial_id), reason)
    try:
        begins = _begins(active_from, now)
        activate(visitor.database, load(found["body"], "policy"), begins, visitor.author, now=now)
    except HubError as error:
        return _trial(request, visitor, trial_id, error)
    return back_to("/policy", "active" if begins <= now else "planned")


def _begins(text: str, now: datetime) -> datetime:
    if not text:
        return now
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("Write the day as 2026-12-31, or leave it empty for now.") from error
    begins = datetime.combine(day, time(), UTC)
    if day < now.date():
        raise Invalid("A policy does not judge what is past: choose a day from today on, or leave it empty for now.")
    return max(begins, now)


def _page(
    request: Request, visitor: Visitor, version: str, done: str, problem: HubError | None, text: str, since: str
) -> Response:
    now = datetime.now(UTC)
    with visitor.session() as session:
        trials = latest_trials(session.conn, 10)
    with visitor.database.worker() as conn:  # as the API's route: the ledger of policies is no secret to these roles
        known = list_policies(conn)
    begun = [one for one in known if one.active_from is None or one.active_from <= now]
    shown = next((one for one in known if one.version == version), begun[-1])
    rows = [
        {
            "version": one.version,
            "active_from": one.active_from,
            "standing": "in force" if one is begun[-1] else "over since then" if one in begun else "to come",
        }
        for one in reversed(known)
    ]
    return render(
        request,
        "policy.html",
        problem.status if problem else 200,
        versions=plain(VERSIONS, rows),
        trials=plain(TRIALS, trials),
        shown=shown,
        text=text or shown.body,
        since=since or (now - timedelta(days=365)).date().isoformat(),
        today=now.date().isoformat(),
        problem=problem,
        done=done,
    )


def _trial(request: Request, visitor: Visitor, trial_id: int, problem: HubError | None) -> Response:
    with visitor.session() as session:
        found = find_trial(session.conn, trial_id)
    if found is None:
        raise NotFound("There is no such trial.")
    result: dict[str, Any] = found["result"] or {"dealers": [], "rows": [], "summary": {}}
    outcome = whole(request, OUTCOME, result["dealers"], 1000)
    changes = [row | {"at": datetime.fromisoformat(row["at"])} for row in result["rows"]]
    listed = whole(request, CHANGES, changes)
    for file in (outcome, listed):
        if isinstance(file, Response):
            return file
    assert not isinstance(outcome, Response)
    assert not isinstance(listed, Response)
    now = datetime.now(UTC)
    died = found["finished_at"] is None and now - found["seen_at"] > SILENT
    most = sorted(result["dealers"], key=lambda row: (-row["conflicts_won"] - row["conflicts_lost"], row["dealer"]))[
        :20
    ]
    return render(
        request,
        "trial.html",
        problem.status if problem else 200,
        trial=found,
        result=result,
        outcome=outcome,
        chart=plain(CHART, [row for row in most if row["conflicts_won"] or row["conflicts_lost"]]),
        prospects=plain(CHART_PROSPECTS, [row for row in most if row["prospects_gained"] or row["prospects_lost"]]),
        changes=plain(CHANGES, listed.rows),
        files=listed.files,
        died=died,
        today=now.date().isoformat(),
        problem=problem,
    )


CHART = Table(
    "policy-conflicts", N_("Conflicts won and lost by dealer"),
    (Column("dealer", N_("Dealer")), Column("conflicts_won", N_("Conflicts won"), "count"),
     Column("conflicts_lost", N_("Conflicts lost"), "count")),
    N_("No conflict would stand otherwise."),
)  # fmt: skip
CHART_PROSPECTS = Table(
    "policy-prospects", N_("Prospects gained and lost by dealer"),
    (Column("dealer", N_("Dealer")), Column("prospects_gained", N_("Prospects gained"), "count"),
     Column("prospects_lost", N_("Prospects lost"), "count")),
    N_("No prospect would be held by another."),
)  # fmt: skip
