"""Whether the files of a snapshot can be believed: what fails holds or refuses them before anything is applied."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.errors import HubError
from hub.flows.read_upload import Reading
from hub.intake.chain import Snapshot
from hub.store.uploads import Counts, Upload, Verdict

LOG = logging.getLogger(__name__)
REGATHERED = ("snapshot", "volume")  # reasons to hold a file that another file of its day may cure


@dataclass
class Weighing:
    """The files of one snapshot on their way to a verdict.

    Attributes:
        chain: all uploads of the dealer × feed that count or may, in the order of the chain.
        readings: the files that could be read.
        failed: uploads that do not count.
    """

    chain: Sequence[Upload]
    snapshot: Snapshot
    uploads: Mapping[int, Upload]
    readings: list[Reading] = field(default_factory=list)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)

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
        """Keep a file for a person to release or reject."""
        before = self.verdicts.get(upload_id, Verdict(upload_id, "held"))
        self.fail(Verdict(upload_id, "held", code, reason, before.warnings, before.columns, before.counts))

    def _guard(self, reading: Reading) -> None:
        guards = reading.spec.guards
        upload_id = reading.upload.upload_id
        counts = self.verdicts[upload_id].counts
        if not reading.schema.has_record_no and reading.rows:
            self.hold(upload_id, "schema", "The file has no column that is mapped to record_no.")
        elif reading.rows and counts.quarantined > guards.bad_rows * reading.rows:
            share = f"{counts.quarantined:,} of {counts.read:,}"
            self.hold(upload_id, "bad_rows", f"Too many bad rows: {share}.")
        elif not reading.upload.delta and self._usual() and guards.volume:
            usual = self._usual()
            rows = sum(r.rows for r in self.readings if not r.upload.delta)
            if rows < usual * (1 - guards.shrink) or rows > usual * (1 + guards.grow):
                self.hold(upload_id, "volume", f"{rows:,} rows where {usual:,} are usual.")

    def _usual(self) -> int:
        """Rows of the full snapshot before this one; 0 if there is none."""
        days: dict[object, int] = {}
        for upload in self.chain:
            if upload.status == "accepted" and not upload.delta and upload.day < self.snapshot.day:
                days[upload.day] = days.get(upload.day, 0) + upload.rows_read
        return list(days.values())[-1] if days else 0

    def _hold_siblings(self) -> None:
        """A full snapshot counts as a whole: its other files that are not in the base yet wait for the failed one."""
        names = ", ".join(sorted(self.uploads[upload_id].file_name for upload_id in self.failed))
        for upload_id in self.snapshot.upload_ids:
            if upload_id not in self.failed and self.uploads[upload_id].status not in ("accepted", "duplicate"):
                self.hold(upload_id, "snapshot", f"Of this day's full export another file is not in order: {names}.")


def refusal(upload: Upload, reading: Reading, error: Exception) -> Verdict:
    """The verdict on a file that cannot be read. An error nobody foresaw is told without what it says: it could quote
    personal data."""
    counts = Counts()
    if isinstance(error, HubError):
        status = "held" if error.code == "held" else "refused"
        return Verdict(upload.upload_id, status, error.code, error.detail, columns=reading.columns, counts=counts)
    LOG.error("upload %d: %s while reading", upload.upload_id, type(error).__name__)
    reason = f"The hub could not read this file ({type(error).__name__}). It is tried again tonight; tell the operator."
    return Verdict(upload.upload_id, "refused", "internal", reason, counts=counts)
