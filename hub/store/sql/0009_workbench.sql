-- What the steward's workbench keeps: who is at which case, what people remarked, what a decision did.

-- What a question is sorted out by, kept beside it: a queue of many thousands is counted without looking its records up.
-- `question` is how open it is by its component alone (hub/matching/priority.py), `stake` what depends on the answer in the
-- dealers' business (hub/store/stakes.py); both together are its priority.
ALTER TABLE review
    ADD COLUMN question integer NOT NULL DEFAULT 0, ADD COLUMN stake smallint NOT NULL DEFAULT 0,
    ADD COLUMN contested boolean NOT NULL DEFAULT false,
    ADD COLUMN kind text, ADD COLUMN dealer_a text, ADD COLUMN dealer_b text, ADD COLUMN city text, ADD COLUMN region text;
CREATE FUNCTION hub_sort_reviews() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE review r SET question = r.priority, kind = a.kind, dealer_a = a.dealer, dealer_b = b.dealer,
        city = coalesce(a.shown_city, b.shown_city), region = d.region
    FROM changed c JOIN party a ON a.rid = c.rid_a JOIN party b ON b.rid = c.rid_b LEFT JOIN dealer d ON d.code = a.dealer
    WHERE r.rid_a = c.rid_a AND r.rid_b = c.rid_b;
    RETURN NULL;
END $$;
CREATE TRIGGER sorted AFTER INSERT ON review REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION hub_sort_reviews();
-- for what waits already; the owner is held by row security, too, unless it says otherwise
ALTER TABLE review NO FORCE ROW LEVEL SECURITY;
ALTER TABLE party NO FORCE ROW LEVEL SECURITY;
ALTER TABLE dealer NO FORCE ROW LEVEL SECURITY;
UPDATE review r SET question = r.priority, kind = a.kind, dealer_a = a.dealer, dealer_b = b.dealer,
    city = coalesce(a.shown_city, b.shown_city), region = d.region
FROM party a LEFT JOIN dealer d ON d.code = a.dealer, party b WHERE a.rid = r.rid_a AND b.rid = r.rid_b;
ALTER TABLE review FORCE ROW LEVEL SECURITY;
ALTER TABLE party FORCE ROW LEVEL SECURITY;
ALTER TABLE dealer FORCE ROW LEVEL SECURITY;
CREATE INDEX review_b ON review (rid_b);

-- A steward at a customer: nobody else is given a case that concerns it until then. One case a person.
CREATE TABLE case_lease (
    golden bigint PRIMARY KEY, login text NOT NULL, since timestamptz NOT NULL, until timestamptz NOT NULL
);
CREATE INDEX case_lease_login ON case_lease (login);
CALL hub_guard('case_lease', 'importer');

-- What people remarked on records, without deciding anything.
CREATE TABLE remark (
    remark_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, records uuid[] NOT NULL, author text NOT NULL,
    at timestamptz NOT NULL, body text NOT NULL
);
CREATE INDEX remark_records ON remark USING gin (records);
CALL hub_guard('remark', 'importer');

-- What a decision did at once: golden ids before and after, prospects that changed hands, claims and consents that moved.
-- Ids, dealers and counts only. The ledger does not need it: a replay computes the golden records, not their past.
CREATE TABLE decision_effect (entry_id bigint PRIMARY KEY REFERENCES entry, effect jsonb NOT NULL);
CALL hub_guard('decision_effect', 'importer');

-- A person's day.
CREATE INDEX judgement_author ON judgement (author, decided_at);
