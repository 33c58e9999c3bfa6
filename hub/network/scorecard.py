"""How a dealer does, figure by figure, beside the network: which way is better, what is good enough, what to mend first. Pure.

A figure compares with the median of the network, and only where at least `ENOUGH` dealers have it, so that it tells nobody's.
The numbers of `MEASURES` are the importer's first aims; they rank advice and decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

ENOUGH = 5  # dealers without whom a median would tell of one of them


@dataclass(frozen=True)
class Measure:
    """What is measured.

    Attributes:
        title, about: English words, for headings and for what exactly is counted.
        kind: count, share (0 to 1) or minutes.
        better: more, less, or "" where neither is.
        aim: what is good enough.
        weight: how much a gap to the aim matters beside other measures' gaps.
        advice: what to do about it, for the dealer.
        link: page where one sees more of it, of the dealer.
    """

    name: str
    title: str
    about: str
    kind: str
    better: str = ""
    aim: float = 0.0
    weight: float = 1.0
    advice: str = ""
    link: str = "/uploads"


MEASURES = (
    Measure("rows", "Rows sent", "Rows of the accepted uploads of the time shown.", "count"),
    Measure(
        "punctual",
        "Punctuality",
        "Share of the network's nights on which the dealer's files came.",
        "share",
        "more",
        0.97,
        1.0,
        "Files are missing on some nights. Let the export run every night, and before the hub's nightly run.",
    ),
    Measure(
        "rejected",
        "Set aside",
        "Share of the rows read that were set aside.",
        "share",
        "less",
        0.01,
        3.0,
        "Rows are set aside. Download the rejects of the last upload, mend them in your system, and send them again.",
    ),
    Measure(
        "stopped",
        "Held or refused",
        "Share of the uploads that were held, refused or rejected.",
        "share",
        "less",
        0.02,
        1.0,
        "Uploads are held or refused. The receipt says why: mostly a cut export or a changed column.",
        "/uploads?status=held",
    ),
    Measure(
        "duplicates",
        "Own duplicates",
        "Share of the dealer's present customer records that repeat a customer of its own.",
        "share",
        "less",
        0.03,
        2.0,
        "Customers stand in your system more than once. Search by phone before you enter a new one.",
        "/customers",
    ),
    Measure(
        "placeholders",
        "Placeholder contacts",
        "Share of the customer records whose phone or e-mail is a filler.",
        "share",
        "less",
        0.005,
        3.0,
        "Fillers such as 000-00-00 stand in for phones. Leave the field empty instead: a filler helps nobody.",
    ),
    Measure(
        "own_contacts",
        "Own contacts entered",
        "Share of the customer records that bear the dealer's own phone or e-mail.",
        "share",
        "less",
        0.005,
        3.0,
        "Your own phone or e-mail stands in customers' records. Enter the customer's, or nothing.",
    ),
    Measure(
        "consent",
        "Consent coverage",
        "Share of the customers with a consent that was granted and not withdrawn.",
        "share",
        "more",
        0.6,
        0.6,
        "Many customers have no consent on record. Ask at the next visit, and send the feed `consents`.",
    ),
    Measure(
        "response",
        "Response to leads",
        "Median business time from an offer to the first contact.",
        "minutes",
        "less",
        60.0,
        0.5,
        "Customers wait long for the first call. Accept leads at once, and record the contact when it is made.",
        "/leads",
    ),
    Measure(
        "in_time",
        "Leads contacted in time",
        "Of the offers whose answer is known.",
        "share",
        "more",
        0.9,
        1.0,
        "Leads run out before anybody calls. Decline at once those you cannot serve: they go to the next dealer.",
        "/leads",
    ),
    Measure(
        "won",
        "Leads won",
        "Of the leads contacted in the time shown and over by now.",
        "share",
        "more",
        0.15,
        0.8,
        "Few leads end in a contract. Record lost ones with the reason, so that it shows where they are lost.",
        "/leads",
    ),
    Measure("conflicts_won", "Conflicts won", "Conflicts that began in the time shown, held by the dealer.", "count"),
    Measure("conflicts_lost", "Conflicts lost", "Those held by another dealer, or by nobody.", "count"),
    Measure(
        "abuse",
        "Suspicious claims",
        "Share of the leads of the last 90 days that look like claims without work.",
        "share",
        "less",
        0.02,
        2.0,
        "Leads look like claims without work: dumped lists, back-dated rows, calls without answer. They earn no protection.",
    ),
    Measure(
        "repeat",
        "Repeat purchase",
        "Share of the buyers who bought there more than once.",
        "share",
        "more",
        0.1,
        0.4,
        "Few buyers come back. Follow up when finance or warranty ends.",
        "/customers",
    ),
    Measure(
        "retention",
        "Service retention",
        "Share of the buyers of one to three years ago who came to service in the last year.",
        "share",
        "more",
        0.4,
        0.5,
        "Buyers do not come back for service. Invite them before the yearly service is due.",
        "/customers",
    ),
)
BY_NAME = {measure.name: measure for measure in MEASURES}


@dataclass(frozen=True)
class Score:
    """One figure of a dealer.

    Attributes:
        value: None where there is nothing to count.
        before: the same for the time before, of equal length; None where that is not known.
        median: of the network, now; None with fewer than `ENOUGH` dealers.
    """

    measure: Measure
    value: float | None
    before: float | None
    median: float | None

    @property
    def trend(self) -> str:
        """Whether it became better or worse, or "" for neither."""
        if self.value is None or self.before is None or not self.measure.better or abs(self.value - self.before) < 1e-9:
            return ""
        return "better" if (self.value > self.before) == (self.measure.better == "more") else "worse"

    @property
    def gap(self) -> float:
        """How far from the aim, weighted, 0 where it is reached: points of a share, or the logarithm's tenth of a time."""
        if self.value is None or not self.measure.better:
            return 0.0
        return max(0.0, _distance(self.measure, self.value)) * self.measure.weight


def _distance(measure: Measure, value: float) -> float:
    if measure.kind == "minutes":
        return (value / measure.aim - 1.0) / 10 if measure.aim else 0.0
    return value - measure.aim if measure.better == "less" else measure.aim - value


def medians(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The median of each measure over the dealers that have it, where these are at least `ENOUGH`.

    Args:
        figures: by dealer, then by the measure's name.
    """
    found = {}
    for measure in MEASURES:
        values = [own[measure.name] for own in figures.values() if own.get(measure.name) is not None]
        if len(values) >= ENOUGH:
            found[measure.name] = float(median(values))
    return found


def scores(now: Mapping[str, float], before: Mapping[str, float], network: Mapping[str, float]) -> list[Score]:
    """A dealer's figures, in the order of `MEASURES`.

    Args:
        now, before: the dealer's own.
        network: as `medians` gives them.
    """
    return [Score(m, now.get(m.name), before.get(m.name), network.get(m.name)) for m in MEASURES]


def to_improve(found: Sequence[Score], most: int = 5) -> list[Score]:
    """What to mend, what matters most first: figures that miss their aim, by their weighted gap."""
    return sorted((one for one in found if one.gap > 0), key=lambda one: (-one.gap, one.measure.name))[:most]
