"""What the importer knows about its dealers: their registry and the specifications of what they send."""
