"""Bars of a benchmark's picture."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from hub.bench import catalogue
from hub.bench.bars import Bar, bar_chart
from hub.bench.options import Options
from hub.bench.report import Report

BARS = [Bar("narrow", "ours", 2.0, "2 s"), Bar("narrow", "peer & co", 8.0, "8 s"), Bar("wide", "ours", 4.0, "4 s")]


def test_a_bar_is_as_long_as_its_number() -> None:
    picture = ElementTree.fromstring(bar_chart("How long", BARS))
    bars = [rect for rect in picture.iter("{http://www.w3.org/2000/svg}rect") if rect.get("height") == "15"]
    lengths = [float(str(bar.get("width"))) for bar in bars]
    assert [length / lengths[1] for length in lengths] == pytest.approx([0.25, 1.0, 0.5])
    words = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert words == ["How long", "narrow", "2 s", "8 s", "wide", "4 s", "ours", "peer & co"]


def test_a_benchmark_with_bars_writes_its_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hub.bench.bulk as bulk

    monkeypatch.setattr(bulk, "measure", lambda options: Report("How long", ("a",), [["b"]], (), BARS))
    text = catalogue.run("bulk", Options(chart=tmp_path / "bars.svg"))
    assert "| b |" in text
    assert "peer &amp; co" in (tmp_path / "bars.svg").read_text(encoding="utf-8")
