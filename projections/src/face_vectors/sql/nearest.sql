-- The faces of an owner that are most like one of them, as a model sees them. One owner's are compared one by one: that
-- is exact, and with an index over all owners' most of what is near would be other owners'.
SELECT other.face_id, face.person_id, (other.vector <=> seen.vector)::float4
FROM face_vectors.face_vector AS seen
JOIN face_vectors.face_vector AS other
  ON other.owner_id = seen.owner_id AND other.model = seen.model AND other.dimension = seen.dimension
JOIN people.face AS face ON face.id = other.face_id
WHERE seen.face_id = $1 AND seen.model = $2 AND other.face_id <> seen.face_id AND face.removed_at IS NULL
ORDER BY other.vector <=> seen.vector, other.face_id
LIMIT $3
