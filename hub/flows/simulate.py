"""Try a policy on history: what would have been different, dealer by dealer. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

import polars as pl
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.flows.progress import SILENT, Progress
from hub.flows.settle import PART, nearness_of
from hub.prospects.charts import simulation_chart
from hub.prospects.facts import events_of, holds_of
from hub.prospects.policy import Policy
from hub.prospects.rights import Rights
from hub.prospects.settle import Reign, claims_by_policy, contested
from hub.prospects.settle import settle as decide
from hub.prospects.simulate import Comparison, compare, together, worlds
from hub.store import claims as store
from hub.store import prospect_facts as facts
from hub.store.claims import golden_ids
from hub.store.engine import Database
from hub.store.policies import micro, reigns

Worlds = tuple[Sequence[Reign], Sequence[Reign]]
ROWS_SHOWN = ("brand", "purpose", "at", "before", "rule_before", "after", "rule_after")


@dataclass(frozen=True)
class Simulation:
    """What a policy would have changed.

    Attributes:
        policy, against: the version tried, and the one in force.
        since, until: the time compared.
        comparison: what differs.
    """

    policy: str
    against: str
    since: datetime
    until: datetime
    comparison: Comparison

    def table(self) -> pl.DataFrame:
        """One row a dealer that anything changes for."""
        return self.comparison.by_dealer()

    def chart(self) -> str:
        """Conflicts won and lost by dealer, or prospects where no conflict changes, as SVG."""
        table = self.table()
        of = "conflicts" if (table["conflicts_won"] + table["conflicts_lost"] > 0).any() else "prospects"
        gained, lost = (
            ("conflicts_won", "conflicts_lost") if of == "conflicts" else ("prospects_gained", "prospects_lost")
        )
        title = f"Policy {self.policy} instead of {self.against}, {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"
        return simulation_chart(table, title, gained, lost)

    def summary(self) -> dict[str, int]:
        """The sums over all dealers."""
        changed = dict(self.comparison.rows.group_by("what").len().rows())
        compared = self.comparison.compared
        orphaned, adopted = self.comparison.without_owner
        return {
            "contested_prospects": compared["conflict"], "conflicts_decided_otherwise": changed.get("conflict", 0),
            "leads": compared["lead"], "leads_moved": changed.get("lead", 0),
            "prospects_held": compared["owner"], "prospects_moved": changed.get("owner", 0),
            "left_without_owner": orphaned, "owned_for_the_first_time": adopted,
        }  # fmt: skip


def simulate(db: Database, policy: Policy, since: datetime, now: datetime, progress: Progress = SILENT) -> Simulation:
    """Replay history from ``since`` to ``now`` under a policy, against the policies that were in force.

    Raises:
        Invalid: ``since`` is not before ``now``.
    """
    if since >= now:
        raise Invalid("--since must be a day in the past: there is no other history to try the policy on.")
    with db.worker() as conn:
        rule = reigns(conn)
        parts = list(_parts(conn, worlds(rule, policy, micro(since)), (micro(since), micro(now)), progress))
    against = next(
        reign for reign in reversed(rule) if reign.since <= micro(now)
    )  # one that is planned decides nothing yet
    return Simulation(policy.version, against.policy.version, since, now, together(parts))


def _parts(conn: Connection, both: Worlds, times: tuple[int, int], progress: Progress) -> Iterator[Comparison]:
    """Part by part of the base; one is decided and compared while the next one is read."""
    facts.gather_facts(conn, False)
    network, rights = facts.read_network(conn), facts.read_rights(conn)
    bounds = store.golden_bounds(conn, False, PART)
    waiting: Future[Comparison] | None = None
    with ThreadPoolExecutor(1, "simulate") as pool:
        for done, (low, high) in enumerate(zip([-1, *bounds], bounds, strict=False)):
            known = facts.read_facts(conn, f"golden > {low} AND golden <= {high}")
            events, holds = events_of(known, network), holds_of(known, network)
            claims = [claims_by_policy(events, world) for world in both]
            near = nearness_of(conn, contested([frame for world in claims for frame in world]))
            before, waiting = waiting, pool.submit(_compared, events, claims, holds, near, both, rights, times)
            if before is not None:
                yield before.result()
                progress.advance("simulate", done, len(bounds))
        if waiting is not None:
            yield waiting.result()
            progress.advance("simulate", len(bounds), len(bounds))
    facts.drop_facts(conn)


def _compared(
    events: pl.DataFrame,
    claims: Sequence[Sequence[pl.DataFrame]],
    holds: pl.DataFrame,
    near: pl.DataFrame,
    both: Worlds,
    rights: Rights,
    times: tuple[int, int],
) -> Comparison:
    before, after = (decide(mine, holds, near, world, rights) for mine, world in zip(claims, both, strict=True))
    return compare(before, after, events, *times)


def simulation_rows(db: Database, found: Simulation) -> pl.DataFrame:
    """Every change as a row: what, golden_id, brand, purpose, at, and owner and rule before and after."""
    with db.worker() as conn:
        ids = golden_ids(conn, found.comparison.rows["golden"])
    rows = found.comparison.rows.join(ids, on="golden", how="left", maintain_order="left")
    at = pl.from_epoch("at", "us").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return rows.with_columns(at=at).select("what", "golden_id", *ROWS_SHOWN).sort("what", "at", "golden_id")


def simulation_page(found: Simulation) -> str:
    """Chart and table as one page of HTML that needs nothing from outside."""
    table = found.table()
    heads = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in table.columns)
    lines = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in table.rows())
    sums = "".join(f"<tr><td>{escape(k.replace('_', ' '))}</td><td>{v:,}</td></tr>" for k, v in found.summary().items())
    style = "body{font-family:sans-serif;margin:2em}td,th{padding:.2em .8em;text-align:right}td:first-child{text-align:left}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Policy {escape(found.policy)}</title>'
        f"<style>{style}</style>{found.chart()}<table>{sums}</table><table><tr>{heads}</tr>{lines}</table></html>\n"
    )
