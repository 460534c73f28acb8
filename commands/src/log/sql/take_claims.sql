-- Sorted by the caller: two processes that take the same keys wait for each other in one order.
INSERT INTO claim (name, key, holder)
SELECT name, key, holder
FROM UNNEST($1::text[], $2::bytea[], $3::text[]) WITH ORDINALITY AS wanted (name, key, holder, place)
ORDER BY place
ON CONFLICT (name, key) DO NOTHING
