-- A rejected row's own number, and which upload another one was sent to mend.

ALTER TABLE reject ADD COLUMN record_no text;      -- as the dealer's file has it; null: it has none, or came before this column
ALTER TABLE upload ADD COLUMN corrects bigint REFERENCES upload;
CREATE INDEX upload_corrects ON upload (corrects) WHERE corrects IS NOT NULL;
