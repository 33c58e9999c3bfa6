-- How often work on an upload began and never ended: the process died of it, or while it was at it.
ALTER TABLE upload ADD COLUMN interrupted smallint NOT NULL DEFAULT 0;
