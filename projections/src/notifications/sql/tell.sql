INSERT INTO notification (id, user_id, level, kind, album_id, sender_id, created_at, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
