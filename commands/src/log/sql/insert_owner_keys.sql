-- The key that is stored afterwards, which is not the given one where another came first.
WITH new (owner_id, wrapped_key) AS (SELECT * FROM UNNEST($1::uuid[], $2::bytea[])),
inserted AS (
    INSERT INTO owner_key (owner_id, wrapped_key) SELECT * FROM new
    ON CONFLICT (owner_id) DO NOTHING RETURNING owner_id, wrapped_key
)
SELECT owner_id, wrapped_key FROM inserted
UNION ALL
SELECT owner_id, wrapped_key FROM owner_key WHERE owner_id = ANY($1)
