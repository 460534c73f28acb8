SELECT id, owner_id, local_taken_at, taken_at, updated_at, coalesce(marker, 0) FROM asset
WHERE id = ANY($1) AND status = 'active' AND visibility IN ('timeline', 'archive')
