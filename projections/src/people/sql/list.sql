FROM people.person
WHERE owner_id = $1 AND face_count > 0 AND ($2 OR NOT hidden) AND (name <> '' OR face_count >= $3)
ORDER BY hidden, favorite DESC, name = '', face_count DESC, name, created_at, id
LIMIT $4 OFFSET $5
