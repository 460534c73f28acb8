UPDATE notification SET sender_id = $3, created_at = $4, position = $5
WHERE album_id = $1 AND user_id = $2 AND kind = 'album-update' AND read_at IS NULL
