"""The graph of a case: nobody's data, everything in its place."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from hub.matching.cluster_picture import HEIGHT, MOST_LABELS, NODE, WIDTH, Edge, Node, cluster_picture


@pytest.mark.parametrize("count", [1, 2, 3, 9, 24])
def test_every_record_and_telling_score_is_drawn_within_the_picture(count: int) -> None:
    nodes = [Node(number + 1, number % 2, f"D{number:03}") for number in range(count)]
    decisions = ("match", "review", "no_match", "forbidden")
    edges = [
        Edge(a, b, float(a - b), decisions[(a + b) % 4]) for a in range(1, count + 1) for b in range(a + 1, count + 1)
    ]
    picture = ElementTree.fromstring(cluster_picture(nodes, edges, "A <title>", "Told & said"))
    space = "{http://www.w3.org/2000/svg}"
    circles = picture.findall(f"{space}circle")
    assert len(circles) == count
    for circle in circles:
        assert NODE <= float(circle.get("cx", "0")) <= WIDTH - NODE
        assert NODE <= float(circle.get("cy", "0")) <= HEIGHT - NODE
    assert len(picture.findall(f"{space}line")) == sum(edge.decision != "no_match" for edge in edges)
    labels = [one for one in picture.findall(f"{space}text") if (one.get("class") or "").startswith("bits")]
    assert len(labels) <= MOST_LABELS
    assert picture.findtext(f"{space}title") == "A <title>"
    assert picture.findtext(f"{space}desc") == "Told & said"


def test_scores_have_a_proper_minus() -> None:
    picture = cluster_picture([Node(1, 0, "a"), Node(2, 1, "b")], [Edge(1, 2, -1.25, "review")], "", "")
    assert re.findall(r"[+−-]\d\.\d", picture) == ["−1.2"]
