-- All faces of an owner that a model has seen, in the order in which it saw them.
SELECT seen.face_id, seen.position, seen.vector, face.person_id, face.said_person_id, face.source, face.by_hand,
       face.removed_at IS NOT NULL, asset.taken_at, asset.visibility, asset.status
FROM face_vectors.face_vector AS seen
JOIN people.face AS face ON face.id = seen.face_id
JOIN library.asset AS asset ON asset.id = seen.asset_id
WHERE seen.owner_id = $1 AND seen.model = $2
ORDER BY seen.position, seen.face_id
