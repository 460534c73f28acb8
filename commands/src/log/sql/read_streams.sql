SELECT aggregate_id, sequence, event_type, event_version, payload::text
FROM events WHERE aggregate_type = $1 AND aggregate_id = ANY($2)
ORDER BY aggregate_id, sequence
