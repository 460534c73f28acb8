SELECT position, recorded_at, aggregate_type, aggregate_id, sequence, event_type, event_version,
       payload::text, metadata::text, hash
FROM events
WHERE (aggregate_type, aggregate_id) IN (SELECT * FROM UNNEST($1::text[], $2::text[]))
ORDER BY aggregate_type, aggregate_id, sequence
