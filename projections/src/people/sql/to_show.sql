-- Persons whose picture is to be made, by their ids: those who have none, or all. Where no face stands for somebody,
-- one that can, in sight if there is one; whoever has no face is left out.
SELECT person.id, person.owner_id, other.id
FROM people.person AS person
LEFT JOIN LATERAL (
    SELECT face.id FROM people.face AS face
    WHERE person.feature_face_id IS NULL AND face.person_id = person.id AND face.removed_at IS NULL
    ORDER BY face.in_sight DESC, face.id LIMIT 1
) AS other ON true
WHERE ($1 OR person.thumbnail_path IS NULL) AND person.id > $2
  AND (person.feature_face_id IS NOT NULL OR other.id IS NOT NULL)
ORDER BY person.id LIMIT $3
