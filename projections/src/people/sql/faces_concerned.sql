-- Faces on these assets, of these persons, of these owners, and of their persons.
SELECT id FROM face WHERE asset_id = ANY($1)
UNION SELECT id FROM face WHERE person_id = ANY($2)
UNION SELECT id FROM face WHERE cardinality($3::uuid[]) > 0 AND owner_id = ANY($3)
UNION SELECT face.id FROM face JOIN person ON person.id = face.person_id
      WHERE cardinality($3::uuid[]) > 0 AND person.owner_id = ANY($3)
