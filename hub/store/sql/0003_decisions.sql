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
