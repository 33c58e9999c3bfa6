-- Claims, policies, conflicts, ownership, appeals, choices of customers.

-- Who may work whom: for each golden party, brand and purpose the spans of time in which a dealer holds the prospect.
-- Computed from claims, choices and policy for the parties touched; a reader asks valid_from <= t < valid_until.
CREATE TABLE ownership (
    golden bigint NOT NULL, brand text NOT NULL, purpose text NOT NULL,  -- 'new', 'used', 'service'
    dealer text NOT NULL, valid_from timestamptz NOT NULL, valid_until timestamptz,
    rule text NOT NULL, policy text NOT NULL, reason text NOT NULL,
    PRIMARY KEY (golden, brand, purpose, valid_from)
);
CALL hub_guard('ownership', 'slice');
