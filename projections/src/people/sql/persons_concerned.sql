-- Persons for whom these faces stand, and those of these owners.
SELECT id FROM person WHERE feature_face_id = ANY($1)
UNION SELECT id FROM person WHERE owner_id = ANY($2)
