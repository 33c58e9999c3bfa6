-- What folding a chain of snapshots, and unfolding it again, needs beside the rows themselves.

-- Records whose first_seen moved back, because a file that lies later in the chain was received earlier: the value
-- before, so that rewinding to before `day` can restore it.
CREATE TABLE seen_earlier (
    rid bigint NOT NULL, dealer text NOT NULL, feed text NOT NULL, day date NOT NULL, before timestamptz NOT NULL
);
CREATE INDEX seen_earlier_place ON seen_earlier (dealer, feed, day);

-- Records that carried their identity over to another number of their dealer: one row a record and change of keys.
CREATE TABLE rekeyed (
    entry_id bigint NOT NULL REFERENCES entry, dealer text NOT NULL, feed text NOT NULL, day date NOT NULL,
    rid bigint NOT NULL, from_no text NOT NULL, from_incarnation smallint NOT NULL,
    to_no text NOT NULL, to_incarnation smallint NOT NULL
);
CREATE INDEX rekeyed_place ON rekeyed (dealer, feed, from_no);

CREATE INDEX sales_customer ON sales (dealer, customer_no);
CREATE INDEX sales_co_buyer ON sales (dealer, co_buyer_no) WHERE co_buyer_no IS NOT NULL;
CREATE INDEX service_visits_customer ON service_visits (dealer, customer_no);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['customers', 'vehicles', 'sales', 'service_visits', 'leads', 'interactions',
                             'consents', 'surveys'] LOOP
        EXECUTE format('CREATE INDEX ON %I (rid)', t || '_history');
    END LOOP;
    FOREACH t IN ARRAY ARRAY['seen_earlier', 'rekeyed'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY worker ON %I TO hub_worker USING (true) WITH CHECK (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO hub_worker', t);
    END LOOP;
END $$;
