"""Bytes to canonical rows: readers, mapping, row hashes, and the guards that hold an unbelievable file."""

VERSION = "1"
"""Version of what readers and mapping make of a file; part of a row hash's salt, so that a change re-reads
rows."""
