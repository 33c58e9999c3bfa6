"""Whether the files of a snapshot can be believed: what fails holds or refuses them before anything is applied."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from hub.errors import HubError
from hub.flows.read_upload import Reading
from hub.intake import guards
from hub.intake.chain import Snapshot
from hub.intake.guards import Finding
from hub.intake.manifest import Manifest, disagreement
from hub.store.uploads import Counts, Upload, Verdict

LOG = logging.getLogger(__name__)
NOTHING = "The file is empty (0 bytes). A feed without rows still has its heading row; send it again whole."
ENOUGH_RECORDS = 200  # from so many on, a full file's records together show all their fields
REGATHERED = ("snapshot", "volume")  # reasons to hold a file that another file of its day may cure


@dataclass
class Weighing:
    """The files of one snapshot on their way to a verdict.

    Attributes:
        chain: all uploads of the dealer × feed that count or may, in the order of the chain.
        readings: the files that could be read.
        failed: uploads that do not count.
        earlier: canonical text of some rows that the base holds of this dealer, to compare what is `doubted` with.
    """

    chain: Sequence[Upload]
    snapshot: Snapshot
    uploads: Mapping[int, Upload]
    readings: list[Reading] = field(default_factory=list)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)
    earlier: pl.DataFrame | None = None

    def fail(self, verdict: Verdict) -> None:
        """Take a file out: held or refused."""
        self.verdicts[verdict.upload_id] = verdict
        self.failed.add(verdict.upload_id)

    def accept(self, reading: Reading, values_set_aside: int) -> None:
        """Note what became of a file's rows; it is accepted unless a guard objects."""
        upload_id = reading.upload.upload_id
        counts = reading.counts(values_set_aside)
        self.verdicts[upload_id] = Verdict(upload_id, "accepted", columns=reading.columns, counts=counts)

    def weigh(self) -> None:
        """Put the files that wait, and that nobody has released, to the guards."""
        for reading in self.readings:
            if reading.upload.status in ("received", "held"):
                self._guard(reading)
        if self.failed and self.snapshot.full:
            self._hold_siblings()

    def hold(self, upload_id: int, code: str, reason: str) -> None:
        """Keep a file for a person to release or reject: until then all of its rows are set aside."""
        before = self.verdicts.get(upload_id, Verdict(upload_id, "held"))
        counts = replace(before.counts, loaded=0, unchanged=0, ended=0, quarantined=before.counts.read)
        self.fail(Verdict(upload_id, "held", code, reason, before.warnings, before.columns, counts))

    @property
    def doubted(self) -> pl.Series | None:
        """Record numbers of some rows of the files that the base hardly knows; None when there is no such file."""
        samples = [r.sample["record_no"] for r in self.readings if r.sample is not None and _differs(r)]
        return pl.concat(samples).drop_nulls() if samples else None

    def _guard(self, reading: Reading) -> None:
        """The first finding that holds decides; those that only warn are told as well."""
        upload_id = reading.upload.upload_id
        findings = [*self._findings(reading)]
        warnings = [finding.reason for finding in findings if not finding.holds]
        self.verdicts[upload_id] = self.verdicts[upload_id].warned(*warnings)
        if holding := [finding for finding in findings if finding.holds]:
            self.hold(upload_id, holding[0].code, " ".join(finding.reason for finding in holding))

    def _findings(self, reading: Reading) -> Iterator[Finding]:
        upload, spec, feed = reading.upload, reading.spec, reading.feed
        quarantined = self.verdicts[upload.upload_id].counts.quarantined
        found: list[Finding | None] = [*_manifest(reading), guards.schema(reading.schema, reading.rows)]
        found.append(guards.day(upload.day, upload.received_at.date(), [u.day for u in self._before()]))
        if reading.rows or not upload.delta:
            previous = self._previous()
            drift = guards.drift(previous.columns if previous else None, reading.columns, spec, feed)
            found += [finding for finding in drift if not finding.holds or not _may_omit(reading)]
        if reading.sample is not None:
            found += [*guards.content(reading.sample, feed), guards.letters(reading.sample, spec)]
            if self.earlier is not None and _differs(reading):
                found += guards.exchanged(self.earlier, reading.sample, feed)
                found += guards.retyped(self.earlier, reading.sample, feed)
        found.append(guards.cut([reason for _, reason in reading.bad_rows], spec))
        if upload.corrects is None:  # who mends rows may leave some for later
            found.append(guards.bad_rows(quarantined, reading.rows, spec))
        if not upload.delta:
            rows = sum(each.rows for each in self.readings if not each.upload.delta)
            found.append(guards.volume(self._usual(), rows, spec, self._largest_delta()))
        return (finding for finding in found if finding is not None)

    def _before(self) -> list[Upload]:
        """The accepted files of earlier days."""
        return [u for u in self.chain if u.status == "accepted" and u.day < self.snapshot.day]

    def _previous(self) -> Upload | None:
        """The last accepted file before this snapshot whose headings are known."""
        return next((upload for upload in reversed(self._before()) if upload.columns), None)

    def _usual(self) -> list[int]:
        """Rows of the full snapshots before this one, oldest first."""
        days: dict[date, int] = {}
        for upload in self._before():
            if not upload.delta:
                days[upload.day] = days.get(upload.day, 0) + upload.rows_read
        return list(days.values())

    def _largest_delta(self) -> int:
        """Rows of the largest accepted file of changes of earlier days."""
        return max((upload.rows_read for upload in self._before() if upload.delta), default=0)

    def _hold_siblings(self) -> None:
        """A full snapshot counts as a whole: its other files that are not in the base yet wait for the failed one."""
        names = ", ".join(sorted(self.uploads[upload_id].file_name for upload_id in self.failed))
        for upload_id in self.snapshot.upload_ids:
            if upload_id not in self.failed and self.uploads[upload_id].status not in ("accepted", "duplicate"):
                self.hold(upload_id, "snapshot", f"Of this day's full export another file is not in order: {names}.")


def _differs(reading: Reading) -> bool:
    """Whether most rows of a file are not in the base as they are."""
    return reading.share_changed > 0.5


def _manifest(reading: Reading) -> list[Finding | None]:
    said = reading.upload.manifest
    if said is None:
        return []
    if "unreadable" in said:
        return [Finding("manifest", f"{said['unreadable']} Without it the file cannot be believed; send both again.")]
    manifest = Manifest(said["rows"], said["bytes"], said["sha256"])
    return [disagreement(manifest, reading.rows, reading.upload.bytes, reading.upload.sha256)]


def _may_omit(reading: Reading) -> bool:
    """Whether a heading may be missing because no record had a value: in formats whose records name their fields."""
    few = reading.upload.delta or reading.rows < ENOUGH_RECORDS
    return few and reading.format in ("json", "ndjson", "xml", "adf")


def refusal(upload: Upload, reading: Reading, error: Exception) -> Verdict:
    """The verdict on a file that cannot be read. An error nobody foresaw is told without what it says: it could quote
    personal data."""
    counts = Counts()
    if not upload.bytes:  # nothing of a full export is a volume; only a person may believe that all records are gone
        reason = f"{NOTHING} If the dealer has really no records any more, release it."
        return Verdict(upload.upload_id, "held", "volume", reason, counts=counts)
    if isinstance(error, HubError):
        status = "held" if error.code == "held" else "refused"
        return Verdict(upload.upload_id, status, error.code, error.detail, columns=reading.columns, counts=counts)
    LOG.error("upload %d: %s while reading", upload.upload_id, type(error).__name__)
    reason = f"The hub could not read this file ({type(error).__name__}). It is tried again tonight; tell the operator."
    return Verdict(upload.upload_id, "refused", "internal", reason, counts=counts)
