DELETE FROM album_asset USING UNNEST($1::uuid[], $2::uuid[]) AS gone (album_id, asset_id)
WHERE album_asset.album_id = gone.album_id AND album_asset.asset_id = gone.asset_id
