-- The salt that is stored afterwards, which is not the given one where another came first.
WITH new (subject_id, owner_id, salt) AS (SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::bytea[])),
inserted AS (
    INSERT INTO subject_salt (subject_id, owner_id, salt) SELECT * FROM new
    ON CONFLICT (subject_id) DO NOTHING RETURNING subject_id, salt
)
SELECT subject_id, salt FROM inserted
UNION ALL
SELECT subject_id, salt FROM subject_salt WHERE subject_id = ANY($1)
