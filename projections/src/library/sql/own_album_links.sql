UPDATE album_link SET owner_id = asset.owner_id FROM asset
WHERE album_link.asset_id = ANY($1) AND album_link.owner_id IS NULL AND asset.id = album_link.asset_id
