"""Two nights' inboxes: each dealer's files as its profile sends them, and the accidents of the second night."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from hub.demo import files, second_night
from hub.demo.dealers import Dealer
from hub.demo.profiles import ADDED_COLUMN, CUT, LATE, RESENT, Profile
from hub.demo.randomness import chance, stream
from hub.demo.shares import share
from hub.demo.styles import Style

FIRST, SECOND, BEFORE = "2026-11-20", "2026-11-21", "2026-11-19"
CUT_TO: Final = 0.05
ADF_STYLE: Final = Style("adf", "adf")
Feeds = dict[str, pl.DataFrame]


class Inbox:
    """Writes files under ``out/night1`` and ``out/night2`` and counts them."""

    def __init__(self, out: Path, dealers: list[Dealer], profiles: list[Profile], seed: int, incidents: bool) -> None:
        self.out, self.dealers, self.profiles, self.seed, self.incidents = out, dealers, profiles, seed, incidents
        self.files = 0

    def first_night(self, feeds: Feeds) -> dict[str, int]:
        """Write all feeds in full; returns rows written by feed."""
        rows = {}
        for feed, frame in feeds.items():
            rows[feed] = frame.height
            for number, own in _by_dealer(frame):
                self._send("night1", number, feed, own, FIRST, delta=False)
        return rows

    def second_night(self, first: Feeds, second: Feeds) -> dict[str, int]:
        """Write the second night, in full or as delta, and its accidents; returns rows written by feed."""
        rows = {}
        for feed, frame in second.items():
            rows[feed] = 0
            for number, own in _by_dealer(self._dropped(feed, frame)):
                rows[feed] += self._second(number, feed, own)
        if self.incidents:
            rows["customers"] += self._resend(first["customers"]) + self._late(first["customers"])
        return rows

    def arrived(self, first: Feeds, second: Feeds) -> Feeds:
        """What the hub can know after both nights: the file that was cut is held."""
        customers = second["customers"]
        if self.incidents:
            cut = first["customers"].filter(pl.col("_dealer") == CUT).with_columns(_changed=pl.lit(False))
            kept = customers.filter(pl.col("_dealer") != CUT)
            customers = pl.concat([kept, cut.select(kept.columns)])
        return {**second, "customers": customers}

    def _second(self, number: int, feed: str, own: pl.DataFrame) -> int:
        profile = self.profiles[number]
        extra = None
        if self.incidents and feed == "customers" and number == CUT:
            own = own.filter(~pl.col("_fresh")).head(max(1, int(own.height * CUT_TO)))
        elif profile.delta:
            own = own.filter("_changed")
        if self.incidents and feed == "customers" and number == ADDED_COLUMN:
            extra = {"LoyaltyLevel": "basic"}
        self._send("night2", number, feed, own, SECOND, profile.delta, extra)
        return own.height

    def _dropped(self, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Full feeds of customers no longer hold a few unchanged records."""
        if feed != "customers":
            return frame
        rng = stream(self.seed, "dropped")
        drop = pl.Series(chance(rng, frame.height, share("dropped"))) & ~frame["_changed"] & (frame["_party"] >= 0)
        full = np.array([not profile.delta for profile in self.profiles])
        return frame.filter(~(drop & pl.Series(full[frame["_dealer"].to_numpy()])))

    def _resend(self, customers: pl.DataFrame) -> int:
        """The same bytes as on the first night under another name."""
        own = customers.filter(pl.col("_dealer") == RESENT)
        if not own.height:
            return 0
        profile = self.profiles[RESENT]
        name = profile.file_name("customers", FIRST, delta=False)
        folder = self.dealers[RESENT].code
        content = (self.out / "night1" / folder / name).read_bytes()
        (self.out / "night2" / folder / name.replace(FIRST.replace("-", ""), f"{FIRST}_again")).write_bytes(content)
        self.files += 1
        return own.height

    def _late(self, customers: pl.DataFrame) -> int:
        """A file of the day before the first night, which arrives on the second."""
        own = customers.filter((pl.col("_dealer") == LATE) & ~pl.col("_repeat"))
        if not own.height:
            return 0
        own = second_night.late(own, self.seed)
        self._send("night2", LATE, "customers", own, BEFORE, delta=True)
        return own.height

    def _send(
        self,
        night: str,
        number: int,
        feed: str,
        own: pl.DataFrame,
        day: str,
        delta: bool,
        extra: dict[str, str] | None = None,
    ) -> None:
        profile = self.profiles[number]
        style = ADF_STYLE if feed == "leads" and profile.adf_leads else profile.style
        folder = self.out / night / self.dealers[number].code
        size = -(-max(own.height, 1) // profile.parts)
        for part in range(profile.parts):
            rows = own.slice(part * size, size)
            name = profile.file_name(feed, day, delta, part + 1 if profile.parts > 1 else 0)
            content = files.render(rows, feed, style, extra)
            files.write(folder / name, content, rows.height, profile.manifest)
            self.files += 1


def _by_dealer(frame: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    parts = frame.partition_by("_dealer", as_dict=True, maintain_order=True)
    return [(int(str(key[0])), rows) for key, rows in parts.items()]
