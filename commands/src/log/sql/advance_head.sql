WITH moved AS (UPDATE log_head SET position = $1, hash = $2 RETURNING position)
SELECT pg_notify('albumen_log', position::text) FROM moved
