-- What the hot paths need.

-- Answers to requests that bear an Idempotency-Key, of whatever route: sent again, a request gets the same answer and does
-- nothing. One table in place of two; forced row security would hide the rows of those from their owner.
CREATE TABLE request (
    scope text NOT NULL,                  -- whose key it is: a dealer's code or a principal; never replayed to another
    key text NOT NULL, request_sha256 text NOT NULL, entered_at timestamptz NOT NULL,
    answer jsonb,                         -- null only within the transaction that works on it
    PRIMARY KEY (scope, key)
);
CREATE INDEX request_entered ON request (entered_at);
ALTER TABLE contact_request NO FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotency NO FORCE ROW LEVEL SECURITY;
INSERT INTO request SELECT scope, key, request_sha256, entered_at, answer FROM contact_request WHERE answer IS NOT NULL;
INSERT INTO request
    SELECT caller, key, body_sha256, at, jsonb_build_object('lead_id', lead_id, 'repeated', repeated)
    FROM idempotency WHERE lead_id IS NOT NULL ON CONFLICT DO NOTHING;
DROP TABLE contact_request;
DROP TABLE idempotency;
CALL hub_guard('request', 'nobody');

-- Settling everything writes millions of rows: into bare tables, whose indexes are built at the end. Two narrow doors, as
-- the worker owns nothing.
CREATE FUNCTION hub_bare_settled() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN
    TRUNCATE claim, ownership, conflict, decision;
    DROP INDEX IF EXISTS claim_golden, claim_dealer, claim_id, ownership_dealer;
    ALTER TABLE ownership DROP CONSTRAINT IF EXISTS ownership_pkey;
END $$;
CREATE FUNCTION hub_index_settled() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN
    CREATE INDEX claim_golden ON claim (golden);
    CREATE INDEX claim_dealer ON claim (dealer, until);
    CREATE INDEX claim_id ON claim (claim_id);
    ALTER TABLE ownership ADD PRIMARY KEY (golden, brand, purpose, valid_from);
    CREATE INDEX ownership_dealer ON ownership (dealer, valid_until);
END $$;
REVOKE EXECUTE ON FUNCTION hub_bare_settled, hub_index_settled FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_bare_settled, hub_index_settled TO hub_worker;
