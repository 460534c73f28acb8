DELETE FROM album_link USING UNNEST($1::uuid[], $2::uuid[]) AS gone (album_id, asset_id)
WHERE album_link.album_id = gone.album_id AND album_link.asset_id = gone.asset_id
RETURNING album_link.album_id
