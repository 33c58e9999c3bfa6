-- People who sign in, their sessions, and the log of what was read and changed.

CREATE TABLE account (
    account_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login         text NOT NULL UNIQUE CHECK (login = lower(login)),
    name          text NOT NULL,
    role          text NOT NULL CHECK (role IN ('head_office', 'steward', 'dealer', 'auditor')),
    dealer        text REFERENCES dealer,
    administrator boolean NOT NULL DEFAULT false,  -- of its dealer's accounts, for role dealer
    language      text,                            -- of the pages; null: as the browser asks
    password_hash text,                            -- argon2id; null: cannot sign in yet
    totp_secret   text,                            -- RFC 6238; null: no second factor
    totp_step     bigint NOT NULL DEFAULT 0,       -- of the last code taken: none is taken twice
    failures      integer NOT NULL DEFAULT 0,      -- wrong passwords or codes in a row
    locked_until  timestamptz,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    CHECK ((role = 'dealer') = (dealer IS NOT NULL)),
    CHECK (role = 'dealer' OR NOT administrator)
);

CREATE TABLE session (
    token_sha256 text PRIMARY KEY,                 -- of the cookie's value, which is kept nowhere
    account_id   bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    csrf         text NOT NULL,                    -- what a form must bring along
    began_at     timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id);

-- Append-only: nobody has the right to change or delete a row, and the chain shows it if an administrator does.
CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor    text NOT NULL,                        -- 'api:<key id>', 'user:<login>', 'cli'
    role     text NOT NULL,
    dealer   text NOT NULL DEFAULT '',             -- the actor's; '' for the importer's people
    action   text NOT NULL,                        -- 'read_customer', 'search', 'decide' …
    target   text,                                 -- ids only: a log of personal data must hold none
    reason   text,
    details  jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_target ON audit (target, audit_id);
CREATE INDEX audit_actor ON audit (actor, audit_id);

-- The hash chain. Rows join the request's transaction; one sealer chains what is committed, in the order in which it
-- comes to see it.
CREATE TABLE audit_seal (
    position bigint PRIMARY KEY,                   -- 1, 2, 3 … without gaps
    audit_id bigint NOT NULL UNIQUE,
    sha256   text NOT NULL                         -- of the seal before this one and the row
);

CALL hub_guard('account', 'nobody');
CALL hub_guard('session', 'nobody');
CALL hub_guard('audit', 'nobody');
CALL hub_guard('audit_seal', 'nobody');

-- A session shows itself and its account to whoever brings its token; head office sees accounts.
GRANT SELECT ON account, session, audit, audit_seal TO hub_api;
CREATE POLICY own ON session FOR SELECT TO hub_api USING (
    token_sha256 = (SELECT nullif(current_setting('hub.key', true), '')));
CREATE POLICY own ON account FOR SELECT TO hub_api USING (
    account_id = (SELECT account_id FROM session WHERE token_sha256 = nullif(current_setting('hub.key', true), ''))
    OR (SELECT current_setting('hub.role', true)) = 'head_office');
CREATE POLICY readers ON audit FOR SELECT TO hub_api USING (
    (SELECT current_setting('hub.role', true)) IN ('head_office', 'auditor'));
CREATE POLICY readers ON audit_seal FOR SELECT TO hub_api USING (
    (SELECT current_setting('hub.role', true)) IN ('head_office', 'auditor'));
CREATE POLICY enter ON audit FOR INSERT TO hub_api WITH CHECK (
    dealer = coalesce(current_setting('hub.dealer', true), '') AND role = current_setting('hub.role', true));
GRANT INSERT ON audit TO hub_api;
REVOKE UPDATE, DELETE, TRUNCATE ON audit, audit_seal FROM hub_worker;

CREATE FUNCTION hub_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION hub_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal EXECUTE FUNCTION hub_append_only();
