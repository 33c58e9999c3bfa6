"""Relations between parties, and what one party has lived through: households, fleets, timelines, places. Pure."""
