"""Charts are sound XML, stay within their frame, and escape what they are told."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from hub.matching.charts import HEIGHT, WIDTH, Axis, Line, chart, logit

AXIS = Axis("a < b", [(0, "0"), (1, "1")])


def test_a_chart_is_sound_and_bounded() -> None:
    text = chart("p & q", AXIS, AXIS, [Line("x", [(-5, 0.5), (9, 0.5)], [3, 3])], [(0.5, "here")])
    root = ElementTree.fromstring(text)
    assert root.find("{*}title").text == "p & q"  # type: ignore[union-attr]
    for dot in root.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 < float(dot.get("cx", "")) < WIDTH
        assert 0 < float(dot.get("cy", "")) < HEIGHT


@pytest.mark.parametrize(("p", "bits"), [(0.5, 0), (0.0, -10), (1.0, 10), (0.8, 2), (1 - 1e-9, 10)])
def test_logit(p: float, bits: float) -> None:
    assert math.isclose(logit(p), bits, abs_tol=1e-9)
