-- A record by its number costs two pages by a hash and four by a tree; who asks who somebody is looks up forty of them.
CREATE INDEX party_rid ON party USING hash (rid);
CREATE INDEX membership_rid ON membership USING hash (rid);
