-- Claims, policies, conflicts, ownership, appeals, choices of customers.

-- Who may work whom: for each golden party, brand and purpose the spans of time in which a dealer holds the prospect.
-- Computed from claims, choices and policy for the parties touched; a reader asks valid_from <= t < valid_until.
CREATE TABLE ownership (
    golden bigint NOT NULL, brand text NOT NULL, purpose text NOT NULL,  -- 'new', 'used', 'service'
    dealer text NOT NULL, valid_from timestamptz NOT NULL, valid_until timestamptz,
    rule text NOT NULL, policy text NOT NULL, reason text NOT NULL,
    PRIMARY KEY (golden, brand, purpose, valid_from)
);
CREATE INDEX ownership_dealer ON ownership (dealer, valid_until);
CALL hub_guard('ownership', 'slice');

-- Versions of the policy, each with the moment from which it is in force; the one that ships with the hub is not listed.
CREATE TABLE policy (
    entry_id bigint PRIMARY KEY REFERENCES entry, version text NOT NULL UNIQUE, body text NOT NULL,
    active_from timestamptz NOT NULL
);
CALL hub_guard('policy', 'importer');

-- A dealer's work with a party, under each policy in whose time it lived. Provisional from `opened`, protected from
-- `proven`, over at `until`; what it was made of is named by the source rows' ids.
CREATE TABLE claim (
    golden bigint NOT NULL, brand text NOT NULL, purpose text NOT NULL, dealer text NOT NULL,
    claim_id uuid NOT NULL,               -- id of the row (lead, interaction, sale, visit) that began it
    feed text NOT NULL, stated timestamptz, seen timestamptz NOT NULL,  -- the dealer's own time, and the hub's first sight
    trusted boolean NOT NULL,             -- false: the dealer's time was not believed
    opened timestamptz NOT NULL, proven timestamptz, proof uuid, contacts integer NOT NULL, until timestamptz NOT NULL,
    ending text NOT NULL CHECK (ending IN ('expired', 'lost', 'withdrawn', 'won')), policy text NOT NULL
);
CREATE INDEX claim_golden ON claim (golden);
CREATE INDEX claim_dealer ON claim (dealer, until);
CREATE INDEX claim_id ON claim (claim_id);
CALL hub_guard('claim', 'slice');

-- Times in which several claims on one prospect live. The id follows from the two claims that began it.
CREATE TABLE conflict (
    conflict_id uuid NOT NULL, golden bigint NOT NULL, brand text NOT NULL, purpose text NOT NULL,
    began timestamptz NOT NULL, ends timestamptz NOT NULL, dealers text[] NOT NULL
);
CREATE INDEX conflict_id ON conflict (conflict_id);
CREATE INDEX conflict_golden ON conflict (golden);
CREATE INDEX conflict_page ON conflict (began, conflict_id);
CALL hub_guard('conflict', 'importer');

-- How a conflict stands at which time, and why; a null winner: nobody holds the prospect.
CREATE TABLE decision (
    conflict_id uuid NOT NULL, golden bigint NOT NULL, brand text NOT NULL, purpose text NOT NULL,
    valid_from timestamptz NOT NULL, valid_until timestamptz, winner text, rule text NOT NULL, policy text NOT NULL,
    reason text NOT NULL,
    trace jsonb NOT NULL,                 -- [{rule, says}]: each rule up to the deciding one
    facts jsonb NOT NULL                  -- the claims that lived then
);
CREATE INDEX decision_conflict ON decision (conflict_id, valid_from);
CREATE INDEX decision_golden ON decision (golden);
CALL hub_guard('decision', 'importer');

-- What the hub said of each conflict when: one row whenever the outcome in force became another. Never deleted.
CREATE TABLE said (
    conflict_id uuid NOT NULL, at timestamptz NOT NULL, brand text NOT NULL, purpose text NOT NULL, winner text,
    rule text NOT NULL, policy text NOT NULL, reason text NOT NULL, trace jsonb NOT NULL, facts jsonb NOT NULL
);
CREATE INDEX said_conflict ON said (conflict_id, at DESC);
CALL hub_guard('said', 'importer');

-- Days on which a dealer brought more leads without proof of contact than the policy lets pass.
CREATE TABLE unproven_day (dealer text NOT NULL, day date NOT NULL, leads bigint NOT NULL, PRIMARY KEY (dealer, day));
CALL hub_guard('unproven_day', 'importer');

CREATE INDEX entry_prospects ON entry (kind, entry_id)
    WHERE kind IN ('policy', 'choice', 'appeal', 'ruling', 'allocation');
CREATE INDEX customers_reborn ON customers (dealer, record_no) WHERE incarnation > 0;
CREATE INDEX sales_vin ON sales (vin);
CREATE INDEX interactions_customer ON interactions (dealer, customer_no);
CREATE INDEX interactions_lead ON interactions (dealer, lead_no) WHERE lead_no IS NOT NULL;
CREATE INDEX upload_first ON upload (dealer, received_at);

-- ---------------------------------------------------------------- what must be settled again
-- Marks of changes, appended by triggers and taken by the next settling: an account (dealer, customer's number), a lead
-- (dealer, number), a golden record (its number), or everything. No key: two loads at once never wait for each other.

CREATE TABLE unsettled (what text NOT NULL, dealer text, key text);
CALL hub_guard('unsettled', 'nobody');
CREATE TABLE settled_with (version text PRIMARY KEY);  -- policies and registry by which all was last settled
CALL hub_guard('settled_with', 'nobody');

-- Beyond this many rows at once, everything is settled: to name them all would cost more.
CREATE FUNCTION hub_mark_all(rows bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF rows <= 200000 THEN RETURN false; END IF;
    INSERT INTO unsettled VALUES ('all', NULL, NULL);
    RETURN true;
END $$;

CREATE FUNCTION hub_mark_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF hub_mark_all((SELECT count(*) FROM changed)) THEN RETURN NULL; END IF;
    INSERT INTO unsettled SELECT DISTINCT 'account', dealer, customer_no FROM changed WHERE customer_no IS NOT NULL;
    IF TG_TABLE_NAME = 'sales' THEN
        INSERT INTO unsettled SELECT DISTINCT 'account', dealer, co_buyer_no FROM changed WHERE co_buyer_no IS NOT NULL;
    ELSIF TG_TABLE_NAME = 'interactions' THEN
        INSERT INTO unsettled SELECT DISTINCT 'lead', dealer, lead_no FROM changed WHERE lead_no IS NOT NULL;
    ELSIF TG_TABLE_NAME = 'vehicles' THEN  -- a VIN's brand is that of sales and visits anywhere
        INSERT INTO unsettled SELECT DISTINCT 'vin', NULL, vin FROM changed WHERE vin IS NOT NULL;
    END IF;
    IF TG_TABLE_NAME = 'sales' THEN
        INSERT INTO unsettled SELECT DISTINCT 'vin', NULL, vin FROM changed WHERE vin IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION hub_mark_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF hub_mark_all((SELECT count(*) FROM changed)) THEN RETURN NULL; END IF;
    INSERT INTO unsettled SELECT DISTINCT 'lead', dealer, record_no FROM changed;
    RETURN NULL;
END $$;
CREATE FUNCTION hub_mark_golden() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF hub_mark_all((SELECT count(*) FROM changed)) THEN RETURN NULL; END IF;
    INSERT INTO unsettled SELECT DISTINCT 'golden', NULL, golden::text FROM changed;
    RETURN NULL;
END $$;

DO $$
DECLARE t text; mark text;
BEGIN
    FOR t, mark IN VALUES ('leads', 'hub_mark_leads'), ('membership', 'hub_mark_golden'), ('golden', 'hub_mark_golden'),
            ('sales', 'hub_mark_accounts'), ('service_visits', 'hub_mark_accounts'), ('vehicles', 'hub_mark_accounts'),
            ('interactions', 'hub_mark_accounts'), ('consents', 'hub_mark_accounts') LOOP
        EXECUTE format('CREATE TRIGGER unsettled_come AFTER INSERT ON %I REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION %I()', t, mark);
        EXECUTE format('CREATE TRIGGER unsettled_now AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION %I()', t, mark);
        EXECUTE format('CREATE TRIGGER unsettled_before AFTER UPDATE ON %I REFERENCING OLD TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION %I()', t, mark);
        EXECUTE format('CREATE TRIGGER unsettled_gone AFTER DELETE ON %I REFERENCING OLD TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION %I()', t, mark);
    END LOOP;
END $$;
