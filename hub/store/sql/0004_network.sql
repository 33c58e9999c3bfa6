-- The importer's registry in full, places, households and fleets.

ALTER TABLE dealer
    ADD COLUMN active_from date, ADD COLUMN active_until date,      -- both inclusive; null: open
    ADD COLUMN franchises jsonb NOT NULL DEFAULT '[]',              -- [{brand, purpose, from, until}]; empty: its brands, all purposes
    ADD COLUMN territory jsonb,                                     -- {"postcodes": [prefixes]} or {"polygon": [[lon, lat], …]}
    ADD COLUMN holidays date[] NOT NULL DEFAULT '{}',
    ADD COLUMN target_share double precision,                       -- of the leads that it stands in line for
    ADD COLUMN dealer_group text;

CREATE TABLE place (
    country text NOT NULL DEFAULT 'ru', postcode text NOT NULL DEFAULT '', city text NOT NULL DEFAULT '',
    region text, latitude double precision, longitude double precision, timezone text,
    PRIMARY KEY (country, postcode, city)
);
CALL hub_guard('place', 'importer');

-- People of one surname root who share an address or a phone; `household` is the smallest golden rid among them.
CREATE TABLE household (golden bigint PRIMARY KEY, household bigint NOT NULL);
CREATE INDEX household_members ON household (household);
CALL hub_guard('household', 'importer');
-- By what people may be of one household: hashes of a phone or address, and of the same with the surname root.
CREATE TABLE household_key (golden bigint NOT NULL, key bigint NOT NULL, value bigint NOT NULL);
CREATE INDEX household_key_golden ON household_key (golden);
CREATE INDEX household_key_value ON household_key (value) INCLUDE (golden);
CALL hub_guard('household_key', 'nobody');
