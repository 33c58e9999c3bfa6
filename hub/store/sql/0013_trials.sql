-- Policies tried on history from the pages: long work that tells how far it is. Nothing of it decides anything.
CREATE TABLE trial (
    trial_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author     text NOT NULL,
    body       text NOT NULL,             -- the policy, YAML
    since      timestamptz NOT NULL,      -- the history that it is tried on begins there
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,      -- when it last told of itself
    done       integer NOT NULL DEFAULT 0, total integer NOT NULL DEFAULT 0,  -- parts of the base
    finished_at timestamptz,
    problem    text,                      -- why it failed; never personal data
    result     jsonb                      -- summary, dealers, rows: ids and dealers' codes alone
);
CALL hub_guard('trial', 'importer');
