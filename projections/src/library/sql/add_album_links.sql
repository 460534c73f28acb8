INSERT INTO album_link (asset_id, album_id, owner_id)
SELECT added.asset_id, added.album_id, asset.owner_id
FROM UNNEST($1::uuid[], $2::uuid[]) AS added (album_id, asset_id)
LEFT JOIN asset ON asset.id = added.asset_id
ON CONFLICT DO NOTHING
RETURNING album_id, asset_id
