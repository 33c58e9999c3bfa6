"""Between numpy's object arrays of texts and polars frames of String columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def text_frame(columns: Mapping[str, Any]) -> pl.DataFrame:
    """A frame of String columns from sequences or arrays of ``str | None``."""
    return pl.DataFrame({name: text_column(values) for name, values in columns.items()})


def text_column(values: Any) -> pl.Series:
    """A String series from a sequence or array of ``str | None``."""
    return pl.Series(values.tolist() if hasattr(values, "tolist") else values, dtype=pl.String)
