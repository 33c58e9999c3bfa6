"""Where a lead goes: ADF, filters, ranking, allocation, the clock. Pure."""
