-- Leads of the hub's own channels: routing decisions, offers, the clock, deliveries.

-- Versions of the routing policy; before the first one the policy that ships with the hub holds.
CREATE TABLE routing_policy (
    version text PRIMARY KEY, entry_id bigint NOT NULL REFERENCES entry, body text NOT NULL,
    valid_from timestamptz NOT NULL
);
CALL hub_guard('routing_policy', 'importer');

-- Where a lead stands. It follows from its events; kept beside them so that the clock and lists need not fold them all.
-- The person's data are those of the source record (table leads, dealer @hub), never here.
CREATE TABLE lead (
    lead_id     uuid PRIMARY KEY,         -- id of the source record, from birth
    rid         bigint NOT NULL,
    entry_id    bigint NOT NULL REFERENCES entry,
    received_at timestamptz NOT NULL,
    author      text NOT NULL,
    brand       text NOT NULL, purpose text NOT NULL,  -- brand folded, '' unknown
    state       text NOT NULL CHECK (state IN ('offered', 'accepted', 'contacted', 'won', 'lost', 'head_office')),
    dealer      text,                     -- who holds it; null: head office
    due_at      timestamptz,              -- when the clock must look again
    events      integer NOT NULL,         -- how many there are
    certain     boolean NOT NULL,         -- the person was recognised beyond doubt when the lead came
    moved       boolean NOT NULL DEFAULT false,
    transfer    text,                     -- what the lead itself says of giving its data to a dealer: granted, refused
    matched     uuid                      -- a source record of the person whom it was recognised as then
);
CREATE INDEX lead_rid ON lead (rid);
CREATE INDEX lead_due ON lead (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX lead_received ON lead (received_at, lead_id);
CREATE INDEX lead_dealer ON lead (dealer, state);
CALL hub_guard('lead', 'importer');

-- What happened to a lead, in order. Never changed.
CREATE TABLE lead_event (
    lead_id uuid NOT NULL REFERENCES lead, no integer NOT NULL, at timestamptz NOT NULL, kind text NOT NULL,
    dealer text, entry_id bigint, body jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (lead_id, no)
);
CALL hub_guard('lead_event', 'importer');

-- One row a time that a lead was given to a dealer. A dealer sees its own and nothing else of a lead.
CREATE TABLE offer (
    offer_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id    uuid NOT NULL, dealer text NOT NULL, brand text NOT NULL, purpose text NOT NULL,
    offered_at timestamptz NOT NULL, accept_by timestamptz NOT NULL, contact_by timestamptz NOT NULL,
    -- open → accepted → contacted → won | lost; declined, expired, withdrawn end it
    status     text NOT NULL, live boolean NOT NULL,
    accepted_at timestamptz, contacted_at timestamptz, ended_at timestamptz,
    response_minutes double precision,    -- business time from the offer to the first contact
    on_time    boolean,                   -- null until it is known
    cause      text NOT NULL, rule text NOT NULL, km double precision
);
CREATE UNIQUE INDEX offer_once ON offer (lead_id) WHERE live;  -- whatever happens, one dealer at a time
CREATE INDEX offer_feed ON offer (dealer, offer_id);
CREATE INDEX offer_lead ON offer (lead_id);
CREATE INDEX offer_record ON offer (coalesce(contacted_at, ended_at)) WHERE on_time IS NOT NULL;
CREATE INDEX offer_week ON offer (offered_at);
CALL hub_guard('offer', 'slice');

-- Every decision with what it was made from: the same inputs give the same answer.
CREATE TABLE lead_decision (
    lead_id uuid NOT NULL, no integer NOT NULL, at timestamptz NOT NULL, chosen text, rule text NOT NULL,
    policy text NOT NULL, network text NOT NULL,
    wish jsonb NOT NULL, person jsonb NOT NULL, candidates jsonb NOT NULL,
    weights jsonb NOT NULL, credits_before jsonb NOT NULL, credits_after jsonb NOT NULL,
    PRIMARY KEY (lead_id, no)
);
CALL hub_guard('lead_decision', 'importer');

-- The allocation's state: leads offered today, and the credit of each pool (brand/purpose) in the round-robin.
CREATE TABLE allocation (
    dealer text PRIMARY KEY, day date NOT NULL, today integer NOT NULL, credits jsonb NOT NULL DEFAULT '{}'
) WITH (fillfactor = 25);                 -- a few rows, changed by every lead: room to change them in place
CALL hub_guard('allocation', 'importer');

-- Requests that were answered once, by caller and key: sent again, they get the same answer and have no further effect.
CREATE TABLE idempotency (
    caller text NOT NULL, key text NOT NULL, body_sha256 text NOT NULL, lead_id uuid, repeated boolean,
    at timestamptz NOT NULL, PRIMARY KEY (caller, key)
);
CALL hub_guard('idempotency', 'nobody');

-- Where a dealer wants its leads pushed to.
CREATE TABLE webhook (
    dealer text PRIMARY KEY, url text NOT NULL, secret text NOT NULL, since timestamptz NOT NULL
);
CALL hub_guard('webhook', 'nobody');

CREATE TABLE delivery (
    delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dealer text NOT NULL, offer_id bigint NOT NULL, kind text NOT NULL, at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'done', 'dead')),
    attempts integer NOT NULL DEFAULT 0, next_at timestamptz, finished_at timestamptz,
    problem text                          -- why the last attempt failed; never personal data
);
CREATE INDEX delivery_waiting ON delivery (next_at) WHERE status = 'waiting';
CREATE INDEX delivery_dealer ON delivery (dealer, status, delivery_id);
CALL hub_guard('delivery', 'slice');
