INSERT INTO notification (id, user_id, level, kind, title, description, data, created_at, read_at, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
