SELECT stream.kind, stream.id, newest.sequence
FROM UNNEST($1::text[], $2::text[]) AS stream (kind, id)
CROSS JOIN LATERAL (
    SELECT sequence FROM events
    WHERE aggregate_type = stream.kind AND aggregate_id = stream.id
    ORDER BY sequence DESC LIMIT 1
) AS newest
