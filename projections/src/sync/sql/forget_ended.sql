-- A session that is about to begin may not be known yet: what was told a moment ago stays.
DELETE FROM devices.sync_checkpoint AS told
WHERE told.updated_at < now() - interval '1 hour'
  AND NOT EXISTS (SELECT FROM identity.session WHERE session.id = told.session_id)
