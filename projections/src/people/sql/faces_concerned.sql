-- Faces on these assets, of these persons, and of these owners.
SELECT id FROM face WHERE asset_id = ANY($1)
UNION SELECT id FROM face WHERE person_id = ANY($2)
UNION SELECT id FROM face WHERE cardinality($3::uuid[]) > 0 AND owner_id = ANY($3)
