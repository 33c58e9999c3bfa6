-- Decisions of people, and what every later table needs.

ALTER TABLE entry DROP CONSTRAINT entry_kind_check;
ALTER TABLE entry ADD CONSTRAINT entry_kind_check CHECK (kind IN (
    'upload', 'revocation', 'rekey', 'decision',                       -- files, and what became of them
    'judgement', 'pin', 'retraction',                                  -- a steward on records and values
    'policy', 'choice', 'appeal', 'ruling', 'allocation',              -- whose prospect somebody is
    'consent', 'contact', 'reservation',                               -- who may contact whom
    'lead', 'answer', 'outcome', 'reassignment',                       -- leads on their way
    'erasure'));

-- Rights of a new table in one call: row security enabled and forced, hub_worker does everything, and hub_api reads
--   'slice'     rows whose column `dealer` is the caller's, or all rows for the importer's people
--   'importer'  nothing for dealers, all rows for the importer's people
--   'nobody'    nothing: flows serve it as the worker
CREATE PROCEDURE hub_guard(t regclass, readers text) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY worker ON %s TO hub_worker USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %s TO hub_worker', t);
    IF current_setting('server_version_num')::int >= 170000 THEN
        EXECUTE format('GRANT MAINTAIN ON %s TO hub_worker', t);
    END IF;
    IF readers = 'nobody' THEN RETURN; END IF;
    EXECUTE format('GRANT SELECT ON %s TO hub_api', t);
    EXECUTE format('CREATE POLICY slice ON %s FOR SELECT TO hub_api USING (', t) || CASE readers
        WHEN 'slice' THEN $p$dealer = (SELECT nullif(current_setting('hub.dealer', true), ''))
            OR (SELECT current_setting('hub.role', true)) IN ('head_office', 'steward', 'auditor', 'routing'))$p$
        WHEN 'importer' THEN
            $p$(SELECT current_setting('hub.role', true)) IN ('head_office', 'steward', 'auditor', 'routing'))$p$
    END;
END $$;
REVOKE EXECUTE ON PROCEDURE hub_guard FROM PUBLIC;

-- What stewards said of source records: one row an entry of the ledger. hub/matching/judgements.py says what each verdict
-- means. Records are named by their identity, so a judgement outlives every match, and waits for a record that is gone.
CREATE TABLE judgement (
    entry_id   bigint PRIMARY KEY REFERENCES entry,
    verdict    text NOT NULL CHECK (verdict IN ('same', 'different', 'split', 'unsure')),
    reason     text NOT NULL DEFAULT '',
    author     text NOT NULL,
    decided_at timestamptz NOT NULL,
    retraction bigint REFERENCES entry    -- the entry that took it back; null while it stands
);
CREATE TABLE judged (
    entry_id bigint NOT NULL REFERENCES judgement, record uuid NOT NULL,
    part     smallint NOT NULL,           -- records of one part stand together
    bond     bigint,                      -- lowest entry of all that standing judgements connect; null without force
    PRIMARY KEY (entry_id, record)
);
CREATE INDEX judged_record ON judged (record);
CREATE INDEX judged_bond ON judged (bond) WHERE bond IS NOT NULL;
CALL hub_guard('judgement', 'importer');
CALL hub_guard('judged', 'importer');

-- Values that a steward chose: `record` wins `field` while it stands in one golden record with `beside`, and says the same.
CREATE TABLE pin (
    entry_id   bigint PRIMARY KEY REFERENCES entry, record uuid NOT NULL, beside uuid NOT NULL, field text NOT NULL,
    digest     text NOT NULL,             -- of the value, so that a record which now says otherwise pins nothing
    reason     text NOT NULL DEFAULT '',
    author     text NOT NULL,
    decided_at timestamptz NOT NULL,
    retraction bigint REFERENCES entry
);
CREATE INDEX pin_record ON pin (record) WHERE retraction IS NULL;
CALL hub_guard('pin', 'importer');

-- What waits, by what matters most (hub/matching/priority.py).
ALTER TABLE review ADD COLUMN priority integer NOT NULL DEFAULT 0;
CREATE INDEX review_priority ON review (priority DESC, rid_a, rid_b);
