SELECT DISTINCT ON (stream_id) stream_id, owner_id
FROM entry WHERE stream_id = ANY($1)
ORDER BY stream_id, position
