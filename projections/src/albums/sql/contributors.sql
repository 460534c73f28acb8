SELECT owner_id, assets FROM library.album_sum WHERE album_id = $1 ORDER BY assets DESC, owner_id
