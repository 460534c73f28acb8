-- Ordered by hidden, favorite DESC, name = '', face_count DESC, name, created_at, id. What decides most is put into one
-- number, since the database compares by the first column much quicker than by the others; and whole rows are read of
-- the page alone.
FROM (
    SELECT id, row_number() OVER () AS place
    FROM (
        SELECT id FROM people.person
        WHERE owner_id = $1 AND face_count > 0 AND ($2 OR NOT hidden) AND (name <> '' OR face_count >= $3)
        ORDER BY (hidden::integer * 4 + (NOT favorite)::integer * 2 + (name = '')::integer) * 1000000000000 - face_count,
                 name, created_at, id
        LIMIT $4 OFFSET $5
    ) AS page
) AS placed
JOIN people.person AS person ON person.id = placed.id
ORDER BY placed.place
