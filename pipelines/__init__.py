"""Dagster: what runs when, over which dealers. Assets call one flow each; nothing is decided here."""

import warnings

# One run over many partitions is what keeps a night of 300 dealers short; Dagster still calls it beta.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy` .* is currently in beta")
