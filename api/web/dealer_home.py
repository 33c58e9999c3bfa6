"""A dealer's first page: what is to be done today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from api.web.leads import seen_lead
from api.web.visitors import Visitor
from hub.flows.read_lead import read_work
from hub.flows.scorecard import last_days, scorecard
from hub.store.dealer_pages import last_uploads, uploads_to_mend
from hub.store.dealer_prospects import Wanted, count_held, held_prospects
from hub.store.offers import count_live

LEADS, FILES, PROSPECTS = 6, 5, 5  # shown here; the rest stands on its own page
FIGURES = 30  # days that the scorecard's headline looks back
MEND_WITHIN, ENDS_WITHIN = timedelta(days=14), timedelta(days=7)


def work_of_today(visitor: Visitor, dealer: str) -> dict[str, Any]:
    """The leads that wait, the files of last night, what to mend, the prospects that end soon."""
    now = datetime.now(UTC)
    soon = now + ENDS_WITHIN
    with visitor.logged("list_leads") as session:
        uploads = last_uploads(session.conn, dealer)
        mend = uploads_to_mend(session.conn, dealer, (now - MEND_WITHIN).date(), FILES)
        held, ending = count_held(session.conn, dealer, now, soon)
        prospects = held_prospects(session.conn, Wanted(dealer, now, by=soon), None, PROSPECTS)
        waiting = count_live(session.conn, dealer)
    with visitor.database.worker() as conn:  # medians of the network, which no dealer's own slice shows
        advice = scorecard(conn, dealer, *last_days(FIGURES, now)).advice
    leads = [seen_lead(told, now) for told in read_work(visitor.database, dealer, LEADS)]
    return {
        "leads": leads,
        "waiting": waiting,
        "uploads": uploads,
        "troubled": [row for row in uploads if row["status"] in ("held", "refused", "rejected")],
        "mend": mend,
        "held": held,
        "ending": ending,
        "prospects": prospects,
        "advice": advice[0] if advice else None,
    }
