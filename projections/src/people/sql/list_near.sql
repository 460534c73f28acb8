FROM people.person AS person
LEFT JOIN face_vectors.face_vector AS wanted ON wanted.face_id = $6 AND wanted.model = $7
LEFT JOIN face_vectors.face_vector AS seen
  ON seen.face_id = person.feature_face_id AND seen.model = wanted.model AND seen.dimension = wanted.dimension
WHERE person.owner_id = $1 AND face_count > 0 AND ($2 OR NOT hidden) AND (name <> '' OR face_count >= $3)
ORDER BY hidden, favorite DESC, seen.vector <=> wanted.vector NULLS LAST, name = '', face_count DESC, name, created_at, person.id
LIMIT $4 OFFSET $5
