-- Records that changed in ways that matching does not see (a customer who opted out, a record that its dealer ended): the
-- partition stays as it is, and their golden records are made again.
CREATE TABLE restated (rid bigint PRIMARY KEY);
CALL hub_guard('restated', 'nobody');
