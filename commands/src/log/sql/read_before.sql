SELECT found.position, found.recorded_at, found.aggregate_type, found.aggregate_id, found.sequence, found.event_type,
       found.event_version, found.payload::text, found.metadata::text, found.hash
FROM UNNEST($1::text[], $2::text[], $3::bigint[]) AS wanted (kind, id, sequence),
LATERAL (
    (SELECT * FROM events
     WHERE aggregate_type = wanted.kind AND aggregate_id = wanted.id AND events.sequence = 1 AND wanted.sequence > 1)
    UNION ALL
    (SELECT * FROM events
     WHERE aggregate_type = wanted.kind AND aggregate_id = wanted.id AND events.sequence > 1
       AND events.sequence < wanted.sequence
     ORDER BY events.sequence DESC LIMIT $4)
) AS found
ORDER BY found.aggregate_type, found.aggregate_id, found.sequence
