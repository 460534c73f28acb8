-- Vectors of these faces, on these assets, of these owners.
DELETE FROM face_vector
WHERE face_id = ANY($1) OR asset_id = ANY($2) OR (cardinality($3::uuid[]) > 0 AND owner_id = ANY($3))
