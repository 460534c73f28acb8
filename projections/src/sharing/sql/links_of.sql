SELECT id FROM shared_link WHERE owner_id = ANY($1)
UNION
SELECT id FROM shared_link WHERE album_id = ANY($2)
