"""Normalisation: canonical text of one row to a party record (`hub.parties`). Pure functions, no input or output."""

from __future__ import annotations

# Part of a row's "unchanged" hash: raise it with every change of what any function of this package returns.
VERSION = "9"
