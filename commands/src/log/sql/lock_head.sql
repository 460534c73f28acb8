SELECT position, hash, pg_current_xact_id()::text FROM log_head FOR UPDATE
