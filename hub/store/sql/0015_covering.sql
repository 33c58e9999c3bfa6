-- Who stands under a key, told by the index alone: row security asks for the dealer, so without it each find cost a page of
-- the table, somewhere among a gigabyte.
DROP INDEX party_key_key;
CREATE INDEX party_key_key ON party_key (key, rid) INCLUDE (dealer);
CREATE OR REPLACE FUNCTION hub_create_key_indexes() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$ BEGIN
    CREATE INDEX party_key_key ON party_key (key, rid) INCLUDE (dealer);
    CREATE INDEX party_key_rid ON party_key (rid) INCLUDE (key);
    ANALYZE party_key;
END $$;
