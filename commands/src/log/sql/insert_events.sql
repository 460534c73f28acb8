INSERT INTO events (
    aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, position, hash, recorded_at
)
SELECT kind, id, sequence, name, version, payload::json, metadata::json, position, hash, $10
FROM UNNEST(
    $1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bytea[]
) AS new (kind, id, sequence, name, version, payload, metadata, position, hash)
