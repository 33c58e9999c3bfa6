-- The spine: ledger, source records with their history, party records, matching, golden records, rights.
-- Read docs/architecture.md first. No extensions: any managed PostgreSQL from version 15 serves.

-- ---------------------------------------------------------------- what enters

CREATE TABLE dealer (
    code          text PRIMARY KEY,
    name          text,
    city          text,
    region        text,
    postcode      text,
    country       text,
    latitude      double precision,
    longitude     double precision,
    brands        text[] NOT NULL DEFAULT '{}',
    timezone      text NOT NULL DEFAULT 'Europe/Moscow',
    opening_hours text,
    phones        text[] NOT NULL DEFAULT '{}',
    emails        text[] NOT NULL DEFAULT '{}',
    capacity      integer,
    registered    boolean NOT NULL DEFAULT true  -- false: seen in the inbox, not yet in the importer's registry
);

-- A dealer's specification, or a base that several extend. Versions are kept: an upload is replayed by its own.
CREATE TABLE specification (
    spec_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL,           -- dealer code, or the name of a base
    body         text NOT NULL,           -- YAML, with its bases already merged in
    sha256       text NOT NULL,
    installed_at timestamptz NOT NULL,
    UNIQUE (name, sha256)
);

-- The ledger of everything that enters; entry_id is its sequence.
CREATE TABLE entry (
    entry_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('upload', 'revocation', 'rekey', 'decision', 'lead', 'choice', 'erasure')),
    dealer      text,
    received_at timestamptz NOT NULL,
    author      text NOT NULL,            -- principal or channel: 'inbox', 'api:<key id>', 'cli'
    body        jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE upload (
    upload_id    bigint PRIMARY KEY REFERENCES entry,
    dealer       text NOT NULL REFERENCES dealer,
    feed         text NOT NULL,
    file_name    text NOT NULL,
    sha256       text NOT NULL,           -- of the bytes; the archive keeps them under this name
    bytes        bigint NOT NULL,
    day          date NOT NULL,           -- business day: from the name, else the day of the run
    delta        boolean NOT NULL,
    received_at  timestamptz NOT NULL,
    spec_id      bigint REFERENCES specification,
    -- received → accepted | held | refused | duplicate; held → released → accepted, or rejected; accepted → revoked
    status       text NOT NULL CHECK (status IN ('received', 'accepted', 'held', 'released', 'refused', 'rejected',
                                                 'duplicate', 'revoked')),
    code         text,                    -- why held or refused: 'volume', 'schema', 'letters', 'bad_rows', 'unreadable' …
    reason       text,                    -- the same in words, with the cure; never personal data
    warnings     jsonb NOT NULL DEFAULT '[]',
    columns      text[],                  -- the headings that the file had, in order
    rows_read        bigint NOT NULL DEFAULT 0,
    rows_loaded      bigint NOT NULL DEFAULT 0,
    rows_quarantined bigint NOT NULL DEFAULT 0,
    rows_suppressed  bigint NOT NULL DEFAULT 0,
    rows_unchanged   bigint NOT NULL DEFAULT 0,
    rows_ended       bigint NOT NULL DEFAULT 0,   -- records that a full feed no longer holds
    values_set_aside bigint NOT NULL DEFAULT 0,
    finished_at  timestamptz,
    CHECK (status <> 'accepted' OR rows_read = rows_loaded + rows_quarantined + rows_suppressed + rows_unchanged)
);
-- Only an accepted upload occupies the key; the same bytes for a later day are a new snapshot.
CREATE UNIQUE INDEX upload_once ON upload (dealer, feed, sha256, day) WHERE status = 'accepted';
CREATE INDEX upload_chain ON upload (dealer, feed, day, received_at);
CREATE INDEX upload_status ON upload (status) WHERE status IN ('received', 'held', 'released');

-- What the gate set aside: whole rows and single values, with their place in the dealer's file.
CREATE TABLE reject (
    upload_id bigint NOT NULL REFERENCES upload,
    dealer    text NOT NULL,
    row_no    bigint NOT NULL,            -- as a spreadsheet counts: the heading is row 1
    column_name text,                     -- canonical column; null for a whole row
    value     text,
    rule      text NOT NULL,
    reason    text NOT NULL,
    severity  text NOT NULL CHECK (severity IN ('row', 'value', 'warn'))
);
CREATE INDEX reject_upload ON reject (upload_id, row_no);

-- ---------------------------------------------------------------- source records
-- One table a feed for the present state, one for what it replaced. `rid` is a surrogate and never decides anything;
-- `id` is the identity from birth, derived from dealer, feed, record_no and incarnation.

CREATE SEQUENCE rid_seq;

CREATE TABLE customers (
    rid bigint NOT NULL, id uuid NOT NULL, dealer text NOT NULL, record_no text NOT NULL,
    incarnation smallint NOT NULL DEFAULT 0,  -- counts the persons a dealer has used this record_no for
    upload_id bigint NOT NULL, day date NOT NULL, row_hash uuid NOT NULL,
    first_seen timestamptz NOT NULL,          -- received_at of the first upload that carried it
    ended_upload_id bigint, ended_day date,   -- set when a full feed no longer holds it
    kind text, full_name text, last_name text, first_name text, middle_name text, birth_date date, gender text,
    company_name text, tax_id text, registration_no text, phones text, emails text, address text, city text,
    region text, postcode text, country text, language text, opted_out boolean,
    created_at timestamptz, updated_at timestamptz,
    extra jsonb
);
CREATE TABLE vehicles (
    rid bigint NOT NULL, id uuid NOT NULL, dealer text NOT NULL, record_no text NOT NULL,
    incarnation smallint NOT NULL DEFAULT 0, upload_id bigint NOT NULL, day date NOT NULL, row_hash uuid NOT NULL,
    first_seen timestamptz NOT NULL, ended_upload_id bigint, ended_day date,
    vin text, plate text, brand text, model text, model_year bigint, customer_no text, role text,
    since date, until date, odometer bigint,
    extra jsonb
);
CREATE TABLE sales (
    rid bigint NOT NULL, id uuid NOT NULL, dealer text NOT NULL, record_no text NOT NULL,
    incarnation smallint NOT NULL DEFAULT 0, upload_id bigint NOT NULL, day date NOT NULL, row_hash uuid NOT NULL,
    first_seen timestamptz NOT NULL, ended_upload_id bigint, ended_day date,
    customer_no text, co_buyer_no text, vin text, brand text, model text, new_or_used text, status text,
    ordered_at timestamptz, contracted_at timestamptz, delivered_at timestamptz, price numeric, currency text,
    payment text, deposit numeric, trade_in_vin text, salesperson text, lost_reason text,
    extra jsonb
);
CREATE TABLE service_visits (
    rid bigint NOT NULL, id uuid NOT NULL, dealer text NOT NULL, record_no text NOT NULL,
    incarnation smallint NOT NULL DEFAULT 0, upload_id bigint NOT NULL, day date NOT NULL, row_hash uuid NOT NULL,
    first_seen timestamptz NOT NULL, ended_upload_id bigint, ended_day date,
    customer_no text, vin text, department text, opened_at timestamptz, closed_at timestamptz, odometer bigint,
    amount numeric, currency text, complaint text, advisor text,
    extra jsonb
);
CREATE TABLE leads (
    rid bigint NOT NULL, id uuid NOT NULL, dealer text NOT NULL, record_no text NOT NULL,
    incarnation smallint NOT NULL DEFAULT 0, upload_id bigint NOT NULL, day date NOT NULL, row_hash uuid NOT NULL,
    first_seen timestamptz NOT NULL, ended_upload_id bigint, ended_day date,
    customer_no text, full_name text, last_name text, first_name text, middle_name text, phones text, emails text,
    city text, postcode text, brand text, model text, new_or_used text, interest text, channel text, provider text,
    created_at timestamptz, last_contact_at timestamptz, last_contact_kind text, test_drive_at timestamptz,
    status text, lost_reason text, salesperson text, chosen_dealer text, comments text,
    extra jsonb
);
CREATE TABLE interactions (
    rid bigint NOT NULL, id uuid NOT NULL, dealer text NOT NULL, record_no text NOT NULL,
    incarnation smallint NOT NULL DEFAULT 0, upload_id bigint NOT NULL, day date NOT NULL, row_hash uuid NOT NULL,
    first_seen timestamptz NOT NULL, ended_upload_id bigint, ended_day date,
    customer_no text, lead_no text, channel text, direction text, at timestamptz, subject text, campaign text,
    outcome text,
    extra jsonb
);
CREATE TABLE consents (
    rid bigint NOT NULL, id uuid NOT NULL, dealer text NOT NULL, record_no text NOT NULL,
    incarnation smallint NOT NULL DEFAULT 0, upload_id bigint NOT NULL, day date NOT NULL, row_hash uuid NOT NULL,
    first_seen timestamptz NOT NULL, ended_upload_id bigint, ended_day date,
    customer_no text, controller text, purpose text, channel text, status text, at timestamptz,
    wording_version text, evidence text, expires_at timestamptz,
    extra jsonb
);
CREATE TABLE surveys (
    rid bigint NOT NULL, id uuid NOT NULL, dealer text NOT NULL, record_no text NOT NULL,
    incarnation smallint NOT NULL DEFAULT 0, upload_id bigint NOT NULL, day date NOT NULL, row_hash uuid NOT NULL,
    first_seen timestamptz NOT NULL, ended_upload_id bigint, ended_day date,
    customer_no text, vin text, about text, at timestamptz, score bigint, comment text, complaint boolean,
    extra jsonb
);

DO $$
DECLARE feed text;
BEGIN
    FOREACH feed IN ARRAY ARRAY['customers', 'vehicles', 'sales', 'service_visits', 'leads', 'interactions',
                                'consents', 'surveys'] LOOP
        EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (rid)', feed);
        EXECUTE format('CREATE TABLE %I (LIKE %I)', feed || '_history', feed);
        EXECUTE format('CREATE INDEX ON %I (dealer, record_no)', feed);
        EXECUTE format('CREATE INDEX ON %I (dealer, record_no)', feed || '_history');
    END LOOP;
END $$;
-- an id that was issued and is no longer held by a record: gone, not unknown
CREATE INDEX customers_history_id ON customers_history (id);
CREATE INDEX leads_history_id ON leads_history (id);
CREATE INDEX vehicles_customer ON vehicles (dealer, customer_no);
CREATE INDEX vehicles_vin ON vehicles (vin);

-- ---------------------------------------------------------------- party records and matching

-- hub/parties.py says what each column means; a pure function of the row in customers or leads.
CREATE TABLE party (
    rid bigint PRIMARY KEY, id uuid NOT NULL, dealer text NOT NULL, feed text NOT NULL, record_no text NOT NULL,
    account text,                         -- record_no of the dealer's customer that this record is or names
    first_seen timestamptz NOT NULL,
    stated_on date NOT NULL,              -- recency: the dealer's updated_at or created_at, else the business day
    ended boolean NOT NULL,
    kind text NOT NULL, last text, first text, middle text, last_root text, given text[], tokens text[], sex text,
    generation text, company text, legal_form text, birth_date date, phones text[], emails text[], tax_id text,
    registration_no text, postcode text, city text, street text, house text, flat text, country text, extra jsonb,
    shown_last text, shown_first text, shown_middle text, shown_company text, shown_address text, shown_city text
);
CREATE UNIQUE INDEX party_id ON party (id);
CREATE INDEX party_source ON party (dealer, feed, record_no);

-- VINs and plates of a party, from the vehicles, sales and visits of its own dealer.
CREATE TABLE party_vehicle (
    rid bigint NOT NULL, dealer text NOT NULL, vin text, plate text, role text, since date, until date
);
CREATE INDEX party_vehicle_rid ON party_vehicle (rid);

-- Hashed blocking and search keys; eight bytes, so equality is leakproof and row security can use the index.
CREATE TABLE party_key (key bigint NOT NULL, rid bigint NOT NULL, dealer text NOT NULL);
CREATE INDEX party_key_key ON party_key (key, rid);
CREATE INDEX party_key_rid ON party_key (rid) INCLUDE (key);

-- Contact values that are no evidence, or little: a function of the present base (see hub/matching/frequency.py).
CREATE TABLE shared_value (
    field text NOT NULL, value text NOT NULL, dealer text NOT NULL DEFAULT '',  -- '': in the whole base
    class text NOT NULL CHECK (class IN ('common', 'placeholder')),
    PRIMARY KEY (field, value, dealer)
);

-- Scored pairs at or above the model's lower threshold; rid_a < rid_b.
CREATE TABLE edge (
    rid_a bigint NOT NULL, rid_b bigint NOT NULL, weight real NOT NULL,  -- log2 odds that both are one party
    PRIMARY KEY (rid_a, rid_b)
);
CREATE INDEX edge_b ON edge (rid_b);

-- Records whose matching inputs changed since the partition was last computed.
CREATE TABLE dirty (rid bigint PRIMARY KEY);
-- Records whose edges changed: their components are clustered again, then the table is emptied.
CREATE TABLE reopened (rid bigint PRIMARY KEY);
-- What the stored edges were computed with, so that a change of it is a full re-match.
CREATE TABLE matched_with (version text PRIMARY KEY);

CREATE TABLE model (
    version text PRIMARY KEY, body text NOT NULL, active boolean NOT NULL, installed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX model_active ON model (active) WHERE active;

-- ---------------------------------------------------------------- golden records

-- The partition. A golden record bears the rid and id of its first-seen member.
CREATE TABLE membership (rid bigint PRIMARY KEY, golden bigint NOT NULL, dealer text NOT NULL);
CREATE INDEX membership_golden ON membership (golden);

CREATE TABLE golden (
    golden bigint PRIMARY KEY, golden_id uuid NOT NULL,
    kind text NOT NULL, full_name text, last_name text, first_name text, middle_name text, birth_date date,
    gender text, company_name text, legal_form text, tax_id text, registration_no text, phones text[], emails text[],
    address text, city text, region text, postcode text, country text, language text,
    vins text[], records integer NOT NULL, dealers integer NOT NULL, active boolean NOT NULL,
    version bigint NOT NULL               -- hash of all that a reader can see: the ETag
);
CREATE UNIQUE INDEX golden_id ON golden (golden_id);

-- Pairs and groups that wait for a steward.
CREATE TABLE review (
    rid_a bigint NOT NULL, rid_b bigint NOT NULL, weight real NOT NULL, reason text NOT NULL,
    PRIMARY KEY (rid_a, rid_b)
);

-- One row a run of the nightly job: its steps, seconds, peak memory; no personal data.
CREATE TABLE run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, started_at timestamptz NOT NULL, finished_at timestamptz,
    day date NOT NULL, steps jsonb NOT NULL DEFAULT '[]', summary jsonb
);

-- ---------------------------------------------------------------- credentials

CREATE TABLE api_key (
    key_id text PRIMARY KEY,              -- public part of the key
    secret_sha256 text NOT NULL,
    role text NOT NULL CHECK (role IN ('head_office', 'steward', 'dealer', 'routing', 'auditor')),
    dealer text REFERENCES dealer, created_at timestamptz NOT NULL, expires_at timestamptz, revoked_at timestamptz,
    CHECK ((role = 'dealer') = (dealer IS NOT NULL))
);

-- ---------------------------------------------------------------- rights
-- hub_worker runs the flows and sees all rows; hub_api serves requests and sees the caller's slice. Neither owns a
-- table. The API sets hub.role and hub.dealer with SET LOCAL for each transaction; unset or empty means no rows.

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['hub_worker', 'hub_api'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = t) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN', t);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another instance was first
            END;
        END IF;
    END LOOP;

    -- The worker sees all rows by its policies; where the server lets us say so once more, COPY need not make a detour
    BEGIN
        ALTER ROLE hub_worker BYPASSRLS;
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;

    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY worker ON %I TO hub_worker USING (true) WITH CHECK (true)', t);
    END LOOP;

    -- tables with a dealer: the dealer's own rows, or all rows for the importer's people
    FOR t IN SELECT table_name FROM information_schema.columns
             WHERE table_schema = 'public' AND column_name = 'dealer' AND table_name <> 'api_key'
    LOOP
        EXECUTE format($p$CREATE POLICY slice ON %I FOR SELECT TO hub_api USING (
            dealer = (SELECT nullif(current_setting('hub.dealer', true), ''))
            OR (SELECT current_setting('hub.role', true)) IN ('head_office', 'steward', 'auditor', 'routing'))$p$, t);
    END LOOP;
    CREATE POLICY slice ON dealer FOR SELECT TO hub_api USING (
        code = (SELECT nullif(current_setting('hub.dealer', true), ''))
        OR (SELECT current_setting('hub.role', true)) IN ('head_office', 'steward', 'auditor', 'routing'));
    -- merged over dealers: the importer's people only
    FOREACH t IN ARRAY ARRAY['golden', 'edge', 'dirty', 'review', 'run', 'model', 'specification'] LOOP
        EXECUTE format($p$CREATE POLICY importer ON %I FOR SELECT TO hub_api USING (
            (SELECT current_setting('hub.role', true)) IN ('head_office', 'steward', 'auditor', 'routing'))$p$, t);
    END LOOP;
    -- a dealer's upload is read by the dealer's own specification
    CREATE POLICY own ON specification FOR SELECT TO hub_api USING (
        name = (SELECT nullif(current_setting('hub.dealer', true), '')));
    -- parameters, without data of anybody's
    CREATE POLICY everybody ON model FOR SELECT TO hub_api USING (true);
    -- a caller's own upload enters the ledger
    FOREACH t IN ARRAY ARRAY['entry', 'upload'] LOOP
        EXECUTE format($p$CREATE POLICY enter ON %I FOR INSERT TO hub_api WITH CHECK (
            dealer = (SELECT nullif(current_setting('hub.dealer', true), ''))
            OR (SELECT current_setting('hub.role', true)) = 'head_office')$p$, t);
    END LOOP;
    -- a credential is looked up by its public part before anybody is known
    CREATE POLICY lookup ON api_key FOR SELECT TO hub_api USING (
        key_id = (SELECT nullif(current_setting('hub.key', true), ''))
        OR (SELECT current_setting('hub.role', true)) = 'head_office');
END $$;

GRANT USAGE ON SCHEMA public TO hub_worker, hub_api;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO hub_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hub_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO hub_api;
GRANT INSERT ON entry, upload TO hub_api;

-- Fresh statistics after a bulk load; before version 17 only an owner may ANALYZE, and others get a warning.
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO hub_worker';
    END IF;
END $$;

-- The worker owns nothing, yet bulk loads need fresh statistics and indexes built at the end: three narrow doors.
CREATE FUNCTION hub_analyze(t regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN EXECUTE format('ANALYZE %s', t); END $$;
CREATE FUNCTION hub_drop_key_indexes() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN DROP INDEX IF EXISTS party_key_key, party_key_rid; END $$;
CREATE FUNCTION hub_create_key_indexes() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN
    CREATE INDEX party_key_key ON party_key (key, rid);
    CREATE INDEX party_key_rid ON party_key (rid) INCLUDE (key);
    ANALYZE party_key;
END $$;
REVOKE EXECUTE ON FUNCTION hub_analyze, hub_drop_key_indexes, hub_create_key_indexes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_analyze, hub_drop_key_indexes, hub_create_key_indexes TO hub_worker;
