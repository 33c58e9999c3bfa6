"""The loop of average linkage, compiled: one component after the other, each merge in the time of a few rows of its matrix.

The rules are those that `hub.matching.cluster` states, and `hub.matching.steps` tells one by one; tests hold them to it. For
each row the strongest open link is remembered, and only a merge that concerns it looks at the row again.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.matching.compiled import looking

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

_SMALL = 1 << 10  # cells; for fewer no compiler is asked


def link_components(
    total: Floats, voices: Floats, forbidden: Bools, blocked: Bools, label: Longs, threshold: float, margin: float
) -> Longs:
    """Merge and block in place until no open link of any component reaches the threshold.

    Args:
        total, voices, forbidden, blocked: sums and flags between every two clusters, batch × size × size, symmetric.
        label: of each place of each component its cluster's first, batch × size.
        threshold: bits that a link must reach.
        margin: bits by which the better of two contradicting companions must win.

    Returns:
        the blocked merges as rows (component, place, place), in order.
    """
    size = label.shape[1]
    doubtful = np.zeros(total.shape, np.bool_)
    link, best = np.empty((size, size), np.float32), np.empty(size, np.float32)
    to, stale = np.zeros(size, np.int64), np.empty(size, np.bool_)
    run = _run.plain if total.size <= _SMALL else _run
    run(
        total, voices, forbidden, blocked, label, np.float32(threshold), np.float32(margin),
        link, best, to, stale, doubtful,
    )  # fmt: skip
    return np.argwhere(doubtful)


@looking
def _run(
    total: Floats, voices: Floats, forbidden: Bools, blocked: Bools, label: Longs, threshold: np.float32, margin: np.float32,
    link: Floats, best: Floats, to: Longs, stale: Bools, doubtful: Bools,
) -> None:  # fmt: skip
    """See `link_components`; ``link``, ``best``, ``to`` and ``stale`` are room for one component, ``doubtful`` is filled in."""
    batch, size = label.shape
    nothing = np.float32(-np.inf)
    for at in range(batch):
        for row in range(size):
            stale[row] = True
            for place in range(size):
                link[row, place] = nothing
                if voices[at, row, place] > 0 and not forbidden[at, row, place]:
                    link[row, place] = total[at, row, place] / voices[at, row, place]
            link[row, row] = np.float32(np.inf)
        while True:
            strength, x = nothing, 0
            for row in range(size):
                if stale[row]:
                    stale[row], best[row] = False, nothing
                    for place in range(size):
                        if place != row and not blocked[at, row, place] and link[row, place] > best[row]:
                            best[row], to[row] = link[row, place], place
                if best[row] > strength:
                    strength, x = best[row], row
            if not strength >= threshold:
                break
            y = to[x]  # behind x, since the matrix is symmetric
            lean = max(strength - margin, threshold)
            doubt = False
            for p in range(size):
                if link[x, p] >= lean and not doubt:
                    for q in range(size):
                        doubt = doubt or (forbidden[at, p, q] and link[y, q] >= lean)
            if doubt:
                doubtful[at, x, y] = blocked[at, x, y] = blocked[at, y, x] = stale[x] = stale[y] = True
                continue
            for place in range(size):
                total[at, x, place] = total[at, place, x] = total[at, x, place] + total[at, y, place]
                voices[at, x, place] = voices[at, place, x] = voices[at, x, place] + voices[at, y, place]
                forbidden[at, x, place] = forbidden[at, place, x] = forbidden[at, x, place] or forbidden[at, y, place]
                blocked[at, x, place] = blocked[at, place, x] = blocked[at, x, place] or blocked[at, y, place]
            for place in range(size):
                total[at, y, place] = total[at, place, y] = voices[at, y, place] = voices[at, place, y] = 0
                forbidden[at, y, place] = forbidden[at, place, y] = False
                blocked[at, y, place] = blocked[at, place, y] = False
                if label[at, place] == y:
                    label[at, place] = x
                link[y, place] = link[place, y] = nothing
            best[y], stale[x] = nothing, True
            for place in range(size):
                if place in (x, y):
                    continue
                seen = nothing
                if voices[at, x, place] > 0 and not forbidden[at, x, place]:
                    seen = total[at, x, place] / voices[at, x, place]
                link[x, place] = link[place, x] = seen
                if to[place] in (x, y):
                    stale[place] = True
                elif not blocked[at, place, x] and (seen > best[place] or (seen == best[place] and x < to[place])):
                    best[place], to[place] = seen, x
