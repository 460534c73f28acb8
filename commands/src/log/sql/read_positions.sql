SELECT position, recorded_at, aggregate_type, aggregate_id, sequence, event_type, event_version,
       payload::text, metadata::text, hash
FROM events WHERE position = ANY($1) ORDER BY position
