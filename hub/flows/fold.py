"""Bring the records of some dealers in one feed to what their files amount to; all of it in one transaction.

The present state is the fold of the chain of accepted files (`hub.intake.chain`). Files that wait are read, judged
and folded on; when one lies before what is folded already, or one is taken out, the dealer's feed is rewound to
before that day first. Nothing here reads the clock but for the time of processing in the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial

import polars as pl
from sqlalchemy import Connection

from hub.dealers.specification import Specification, canonical_specification
from hub.feeds import FEEDS, Feed
from hub.flows.gate import Gate
from hub.flows.judge import Bench, note_issues, prefixed_parties
from hub.flows.progress import SILENT, Progress
from hub.flows.read_upload import Reading, carried_twice
from hub.flows.register import parse_specification
from hub.flows.weigh import REGATHERED, Weighing, refusal
from hub.intake.chain import Filed, Snapshot
from hub.intake.identity import contradict
from hub.intake.plan import Plan
from hub.store import parties, records, rejects, rekeyings, rewinding, uploads
from hub.store.archive import Archive
from hub.store.engine import Database
from hub.store.specifications import specification_bodies
from hub.store.uploads import FOLDED, WAITING, DealerPlace, Upload, Verdict

Prepare = Callable[[Connection], Mapping[str, date]]
"""Runs first in the transaction; answers which dealers must be folded again, and from which day."""

NOTHING = pl.DataFrame(schema=records.KNOWN_SCHEMA)


@dataclass(frozen=True)
class Tools:
    """What folding needs beside the database."""

    archive: Archive
    gate: Gate
    progress: Progress = SILENT


@dataclass
class Outcome:
    """What a fold did: verdicts by upload, dealers whose feed was rewound."""

    verdicts: dict[int, Verdict] = field(default_factory=dict)
    rewound: list[str] = field(default_factory=list)


def fold(db: Database, tools: Tools, feed: str, dealers: Collection[str], prepare: Prepare | None = None) -> Outcome:
    """Fold all that waits of these dealers' ``feed``: afterwards all of it is in the base, or nothing.

    Raises whatever the database, the gate or a file that had been accepted before raise; then nothing has changed.
    """
    with db.worker() as conn:
        uploads.lock_dealers(conn, dealers)
        forced = prepare(conn) if prepare else {}
        work = _Fold(conn, tools, FEEDS[feed])
        work.plan(dealers, forced)
        work.run()
        return work.outcome


class _Fold:
    """The work of one transaction."""

    def __init__(self, conn: Connection, tools: Tools, feed: Feed) -> None:
        self.conn, self.tools, self.feed = conn, tools, feed
        self.outcome = Outcome()
        self.places: dict[str, DealerPlace] = {}
        self.chains: dict[str, list[Upload]] = {}
        self.plans: dict[str, Plan] = {}
        self.uploads: dict[int, Upload] = {}
        self.specifications: dict[int, Specification] = {}
        self.known: dict[str, pl.DataFrame] = {}

    def plan(self, dealers: Collection[str], forced: Mapping[str, date]) -> None:
        """Work out the way of every dealer."""
        self.places = uploads.dealers(self.conn)
        self.chains = uploads.chain_uploads(self.conn, self.feed.name, dealers)
        changes = rekeyings.rekeyings(self.conn, self.feed.name, dealers)
        for dealer, chain in self.chains.items():
            returning = {u.day for u in chain if u.status in WAITING}
            counting = [u for u in chain if u.status in (*FOLDED, *WAITING)]
            counting += [u for u in chain if u.status == "held" and u.code in REGATHERED and u.day in returning]
            self.uploads.update({u.upload_id: u for u in chain})
            self.plans[dealer] = Plan(
                accepted=[u.filed for u in chain if u.status == "accepted"],
                candidates={u.upload_id: u.filed for u in counting},
                rekeyings=changes.get(dealer, []),
                forced=forced.get(dealer),
            )
        ids = {u.spec_id: u.dealer for u in self.uploads.values() if u.spec_id is not None}
        bodies = specification_bodies(self.conn, ids)
        self.specifications = {i: parse_specification(body, ids[i]) for i, body in bodies.items()}

    def run(self) -> None:
        """Rewind where needed, fold snapshot by snapshot, settle the ledger."""
        working = [dealer for dealer, plan in self.plans.items() if plan.start is not None]
        if working:
            records.open_staging(self.conn, self.feed.name)
            self._rewind()
            while wave := self._next_wave():
                self._fold_wave(wave)
            if self.feed.name == "customers" and any(plan.rekeyings for plan in self.plans.values()):
                parties.refresh_accounts(self.conn, working)
            if self.feed.name == "customers":
                parties.mark_bare_leads(self.conn, working)
            parties.refresh_vehicles(self.conn, self.feed.name, working)
        self._settle()

    def _rewind(self) -> None:
        """Take the dealers that must start over from an earlier day back to before it."""
        days = {dealer: plan.rewind_to for dealer, plan in self.plans.items() if plan.rewind_to is not None}
        if not days:
            return
        self.outcome.rewound = sorted(days)
        restored = rewinding.rewind(self.conn, self.feed.name, days)
        if not self.feed.describes_party or not len(restored):
            return
        rows = parties.party_sources(self.conn, self.feed.name, restored)
        countries = {u: self._specification(upload).country for u, upload in self.uploads.items()}
        rows = rows.with_columns(country_code=pl.col("upload_id").replace_strict(countries, return_dtype=pl.String))
        for (country,), group in rows.group_by("country_code", maintain_order=True):
            made = prefixed_parties(group.drop("rid", "upload_id", "country_code"), str(country))
            records.stage_rows(self.conn, group.select("rid", fresh=pl.lit(False)).hstack(made))
        parties.update_parties(self.conn, self.feed.name)
        records.clear_staging(self.conn)

    def _know(self, dealers: Collection[str]) -> None:
        """Fetch all that the base holds of these dealers: a full file tells by its silence, too."""
        found = records.fetch_known(self.conn, self.feed.name, dealers) if dealers else NOTHING
        parts = {str(key[0]): part for key, part in found.partition_by("dealer", as_dict=True).items()}
        self.known = {dealer: parts.get(dealer, NOTHING) for dealer in dealers}

    def _known(self, dealer: str, numbers: pl.Series) -> pl.DataFrame:
        """What the base holds of a dealer under these record numbers, at the least: a change file names a few of many."""
        if dealer in self.known:
            return self.known[dealer]
        return records.fetch_known(self.conn, self.feed.name, [dealer], numbers)

    # ------------------------------------------------------------ a wave: at most one snapshot of each dealer

    def _next_wave(self) -> dict[str, Snapshot]:
        """The next snapshot of every dealer that has one; changes of keys that come before it are applied."""
        wave = {d: s for d, plan in self.plans.items() if (s := plan.next_snapshot()) is not None}
        for dealer, plan in self.plans.items():
            for change in plan.due_rekeyings(wave.get(dealer)):
                rekeyings.apply_rekeying(self.conn, self.feed.name, dealer, change)
        return wave

    def _fold_wave(self, wave: Mapping[str, Snapshot]) -> None:
        """Read, judge and apply one snapshot of each dealer; what fails is taken out of its dealer's plan."""
        self._know([dealer for dealer, snapshot in wave.items() if snapshot.full])
        bench = Bench(self.conn, self.tools.gate, self.feed)
        weighings: dict[str, Weighing] = {}
        for done, (dealer, snapshot) in enumerate(wave.items(), 1):
            weighings[dealer] = Weighing(self.chains[dealer], snapshot, self.uploads)
            for file in snapshot.files:
                self._read(file, bench, weighings[dealer])
            self.tools.progress.advance(f"stage {self.feed.name}", done, len(wave), dealer)
        bench.judge()
        self._judge([reading for weighing in weighings.values() for reading in weighing.readings], bench)
        self._earlier_rows(weighings)
        good: dict[str, Snapshot] = {}
        for dealer, weighing in weighings.items():
            for reading in weighing.readings:
                weighing.accept(reading, bench.set_aside.get(reading.upload.upload_id, 0))
            weighing.weigh()
            self.outcome.verdicts.update(weighing.verdicts)
            if weighing.failed:
                records.withdraw(self.conn, wave[dealer].upload_ids)
                self.plans[dealer].without(weighing.failed)
            else:
                good[dealer] = wave[dealer]
        self._apply(good, weighings)
        rejects.replace_rejects(self.conn, [u for snapshot in wave.values() for u in snapshot.upload_ids])
        records.clear_staging(self.conn)
        for dealer, snapshot in good.items():
            self.plans[dealer].folded(snapshot)
            self.chains[dealer] = [self._as_judged(upload) for upload in self.chains[dealer]]

    def _read(self, file: Filed, bench: Bench, weighing: Weighing) -> None:
        """Read one file into the bench. What goes wrong with a file that waits is that file's own trouble."""
        upload = self.uploads[file.upload_id]
        specification = self._specification(upload)
        reading = Reading(upload, specification, self.feed)
        path = self.tools.archive.open(upload.sha256)
        changes = reading.changes(path, partial(self._known, upload.dealer), self.tools.gate.version)
        while True:
            try:
                batch = next(changes, None)
            except Exception as error:
                if upload.status in FOLDED:  # it could be read before: the hub's own trouble
                    raise
                weighing.fail(refusal(upload, reading, error))
                return
            if batch is None:
                break
            bench.add(batch, specification.timezone, specification.country)
        weighing.readings.append(reading)

    def _judge(self, readings: Sequence[Reading], bench: Bench) -> None:
        """Settle each row of a wave's files; what does not go on is taken out of the staging table at once."""
        for reading in readings:
            refused = bench.refused.get(reading.upload.upload_id, [])
            reading.judge(pl.concat(refused) if refused else pl.Series("_row", [], dtype=pl.Int64))
        if readings:
            issues = pl.concat([reading.own_issues for reading in readings])
            note_issues(self.conn, issues, pl.concat([reading.numbers for reading in readings]))
            records.drop_rows(self.conn, pl.concat([reading.out for reading in readings]))

    def _earlier_rows(self, weighings: Mapping[str, Weighing]) -> None:
        """Show the guards what the base holds of dealers whose files differ from it for the most part."""
        doubted = {dealer: sample for dealer, weighing in weighings.items() if (sample := weighing.doubted) is not None}
        if not doubted:
            return
        zones = {dealer: self._specification(weighings[dealer].readings[-1].upload).timezone for dealer in doubted}
        rows = records.earlier_rows(self.conn, self.feed.name, doubted, zones)
        for (dealer,), earlier in rows.group_by("dealer"):
            weighings[str(dealer)].earlier = earlier

    def _as_judged(self, upload: Upload) -> Upload:
        """The upload as the next snapshot's guards should see it."""
        verdict = self.outcome.verdicts.get(upload.upload_id)
        if verdict is None:
            return upload
        columns = tuple(verdict.columns or ())
        return replace(upload, status=verdict.status, rows_read=verdict.counts.read, columns=columns)

    # ------------------------------------------------------------ apply

    def _apply(self, wave: Mapping[str, Snapshot], weighings: Mapping[str, Weighing]) -> None:
        """Fold the staged rows of these snapshots in."""
        if not wave:
            return
        records.stage_files(self.conn, [self.uploads[u] for s in wave.values() for u in s.upload_ids])
        for dealer, snapshot in wave.items():
            readings = weighings[dealer].readings
            if len(readings) > 1:
                records.collapse(self.conn, carried_twice(readings))
            if snapshot.full:
                self._end_absent(dealer, snapshot, readings)
            for reading in readings:
                if self.plans[dealer].received_before(reading.upload.filed):
                    same = reading.index.filter("same")["rid"].unique()
                    records.stage_seen(self.conn, same, dealer, snapshot.day, reading.upload.received_at)
        if self.feed.describes_party:
            rids, old, new = parties.reused_candidates(self.conn)
            parties.start_identities(self.conn, self.feed.name, rids.filter(contradict(old, new)))
        records.apply(self.conn, self.feed.name)
        if self.feed.describes_party:
            parties.apply_parties(self.conn, self.feed.name)

    def _end_absent(self, dealer: str, snapshot: Snapshot, readings: list[Reading]) -> None:
        """Stage the records that a full snapshot no longer holds.

        A row that cannot be read, or has no number, could be any record: then none is taken for absent.
        """
        present = pl.concat([reading.index["record_no"] for reading in readings])
        standing = self.known[dealer].filter(~pl.col("ended") & pl.col("row_hash").is_not_null())
        absent = standing.join(present.drop_nulls().to_frame(), on="record_no", how="anti")
        if not absent.height:
            return
        last = [file for file in snapshot.files if not file.delta][-1].upload_id
        verdicts = self.outcome.verdicts
        if present.null_count() or any(reading.bad_rows for reading in readings):
            verdicts[last] = verdicts[last].warned(
                "Some rows could not be told apart, so no record was ended although some are absent."
            )
            return
        records.stage_absent(self.conn, absent["rid"], last, snapshot.day)
        verdicts[last] = verdicts[last].ending(absent.height)

    # ------------------------------------------------------------ after

    def _settle(self) -> None:
        """Write the verdicts into the ledger, duplicates first: only accepted uploads occupy the key."""
        verdicts = self.outcome.verdicts
        for plan in self.plans.values():
            for upload_id in plan.chain.duplicates:
                if self.uploads[upload_id].status != "duplicate":
                    reason = "The same bytes are loaded already: nothing to do."
                    verdicts[upload_id] = Verdict(upload_id, "duplicate", "duplicate", reason)
        order = sorted(verdicts.values(), key=lambda v: (v.status == "accepted", v.upload_id))
        uploads.settle(self.conn, order, datetime.now(UTC))

    def _specification(self, upload: Upload) -> Specification:
        if upload.spec_id is not None:
            return self.specifications[upload.spec_id]
        place = self.places[upload.dealer]
        return canonical_specification(upload.dealer, place.timezone).model_copy(
            update={"country": place.country or "ru"}
        )
