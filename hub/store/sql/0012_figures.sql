-- How things stood at the end of each night's work, so that a page shows months without counting millions.
-- dealer '' is the network: only the importer's people see it; a dealer sees its own.
CREATE TABLE figure (
    day    date NOT NULL,                 -- business day of the night
    dealer text NOT NULL,
    name   text NOT NULL,                 -- hub/store/figures.py says what each counts
    value  double precision NOT NULL,
    PRIMARY KEY (dealer, name, day)
);
CREATE INDEX figure_day ON figure (day, name);
CALL hub_guard('figure', 'slice');

-- what scorecards sum over weeks, without a look at the rows themselves
CREATE INDEX upload_day ON upload (day) INCLUDE (dealer, status, rows_read, rows_quarantined);
CREATE INDEX lead_event_escalated ON lead_event (at) WHERE kind = 'escalated';
