"""The gate: what a row must be before it enters, as Great Expectations suites.

To add a rule, add an entry to a table in ``suites/``; nothing else changes. ``rules.py`` reads the tables,
``readings.py`` says how a text is read before it is judged, ``gate.py`` runs the suites and alone
imports great_expectations.
"""
