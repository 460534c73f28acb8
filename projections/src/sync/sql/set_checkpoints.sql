INSERT INTO devices.sync_checkpoint (session_id, entity_type, ack)
SELECT $1, name, ack FROM UNNEST($2::text[], $3::text[]) AS told (name, ack)
ON CONFLICT (session_id, entity_type) DO UPDATE SET ack = excluded.ack, updated_at = now()
