-- Consents as a ledger, contacts made, reservations. Each row stands on a source record (party.id), never on a golden
-- record, so that a merge joins what is known of a person and an unmerge takes it apart again. Rows are only added;
-- a reservation alone is closed once. The consents and interactions of the feeds stay where they are.

-- What was said of a consent by the API: the feed's shape, and who entered it.
CREATE TABLE consent_entry (
    entry_id    bigint PRIMARY KEY REFERENCES entry,
    party       uuid NOT NULL,            -- the source record that it was said of
    dealer      text,                     -- the dealer that recorded it; null: the importer's people
    controller  text NOT NULL CHECK (controller IN ('dealer', 'importer', 'manufacturer')),
    controller_dealer text,               -- which one, where the controller is a dealer
    purpose     text NOT NULL,            -- as in the feed; 'any': do not contact; 'legal': legal stop
    channel     text NOT NULL,
    status      text NOT NULL CHECK (status IN ('granted', 'withdrawn')),
    at          timestamptz NOT NULL,     -- when the person said so
    received_at timestamptz NOT NULL,     -- when the hub learned it
    author      text NOT NULL,
    wording_version text, evidence text, expires_at timestamptz,
    CHECK ((controller = 'dealer') = (controller_dealer IS NOT NULL))
);
CREATE INDEX consent_entry_party ON consent_entry (party);
CALL hub_guard('consent_entry', 'slice');

-- Contacts that were made, as they are reported by the API or confirmed; those of the feed are in interactions.
CREATE TABLE contact (
    contact_id  uuid PRIMARY KEY, entry_id bigint NOT NULL REFERENCES entry,
    party       uuid NOT NULL, dealer text,  -- null: the importer itself
    channel     text NOT NULL, purpose text NOT NULL, campaign text, outcome text,
    at          timestamptz NOT NULL, received_at timestamptz NOT NULL,
    reservation uuid UNIQUE                  -- that it made use of
);
CREATE INDEX contact_party ON contact (party, at);
CALL hub_guard('contact', 'slice');

-- Contacts that somebody may make and nobody else meanwhile. In force: not ended, and expires_at in the future.
CREATE TABLE reservation (
    reservation uuid PRIMARY KEY, entry_id bigint NOT NULL REFERENCES entry,
    party       uuid NOT NULL, dealer text,
    channel     text NOT NULL, purpose text NOT NULL, campaign text, priority smallint NOT NULL,
    at          timestamptz NOT NULL,        -- when the contact is meant to be made
    reserved_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
    ended_at    timestamptz, ended_by text CHECK (ended_by IN ('confirmed', 'released', 'expired')),
    policy      text NOT NULL,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX reservation_open ON reservation (party) WHERE ended_at IS NULL;
CALL hub_guard('reservation', 'slice');

-- The rules in force from a moment on; before the first one the rules that ship with the hub.
CREATE TABLE contact_policy (
    version text PRIMARY KEY, entry_id bigint NOT NULL REFERENCES entry, body text NOT NULL,
    valid_from timestamptz NOT NULL, installed_at timestamptz NOT NULL
);
CALL hub_guard('contact_policy', 'importer');

-- Answers to requests that bear an Idempotency-Key: the same request again gets the same answer and does nothing.
CREATE TABLE contact_request (
    scope text NOT NULL,                  -- whose key it is: a dealer's code or a principal; never replayed to another
    key text NOT NULL, request_sha256 text NOT NULL, entered_at timestamptz NOT NULL,
    answer jsonb,                         -- null only within the transaction that works on it
    PRIMARY KEY (scope, key)
);
CALL hub_guard('contact_request', 'nobody');

CREATE INDEX IF NOT EXISTS consents_customer ON consents (dealer, customer_no);
CREATE INDEX consents_history_customer ON consents_history (dealer, customer_no) WHERE status = 'withdrawn';
CREATE INDEX IF NOT EXISTS interactions_customer ON interactions (dealer, customer_no);
CREATE INDEX IF NOT EXISTS interactions_lead ON interactions (dealer, lead_no) WHERE lead_no IS NOT NULL;
CREATE INDEX IF NOT EXISTS rekeyed_rid ON rekeyed (rid);
