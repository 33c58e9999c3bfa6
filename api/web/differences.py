"""Where two texts differ, letter by letter, and where a text holds what was searched for, for a person to see at a glance."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from rapidfuzz.distance import Indel

from hub.normalize.folding import fold_word

Piece = tuple[str, bool]
"""Part of a text, and whether the other text has it, too."""


def marked(a: str, b: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces that are, or are not, in the other; a text that lacks a counterpart is one piece."""
    if not a or not b:
        return [(a, True)] if a else [], [(b, True)] if b else []
    left: list[Piece] = []
    right: list[Piece] = []
    for step in Indel.opcodes(a.casefold(), b.casefold()) if _aligned(a, b) else []:
        same = step.tag == "equal"
        if step.src_end > step.src_start:
            left.append((a[step.src_start : step.src_end], same))
        if step.dest_end > step.dest_start:
            right.append((b[step.dest_start : step.dest_end], same))
    return (left, right) if left or right else ([(a, a == b)], [(b, a == b)])


def _aligned(a: str, b: str) -> bool:
    """Whether folding the case keeps every letter in its place."""
    return len(a.casefold()) == len(a) and len(b.casefold()) == len(b)


def found_in(text: str, query: str) -> list[Piece]:
    """A text in pieces that do, or do not, hold what was searched for: words by how they sound, numbers by their digits."""
    wanted = {folded for word in query.split() if (folded := fold_word(word))}
    digits = "".join(filter(str.isdigit, query))
    number = "".join(filter(str.isdigit, text))
    if len(digits) >= 7 and number and (digits[-10:] in number or number[-10:] in digits):
        return [(text, True)]
    words = text.split(" ")
    plain = query.casefold().split()
    hits = [bool(word) and (word.casefold() in plain or fold_word(word) in wanted) for word in words]
    pieces: list[Piece] = []
    for hit, run in groupby(zip(hits, words, strict=True), key=itemgetter(0)):  # words that follow each other: one mark
        if pieces:
            pieces.append((" ", False))
        pieces.append((" ".join(word for _, word in run), hit))
    return pieces
