-- The audit log is searched by the ids that a row names beyond its target, and by time. (What is limited is counted in the memory of
-- the API's processes, see docs/decisions/0015-limits-in-memory.md.)

CREATE INDEX audit_ids ON audit USING gin ((details -> 'ids')) WHERE details ? 'ids';
CREATE INDEX audit_at ON audit USING brin (at);
