INSERT INTO album_sum (album_id, owner_id, assets, first_taken_at, last_taken_at, last_updated_at, newest_id, newest_taken_at, digest)
SELECT link.album_id, asset.owner_id, count(*), min(asset.local_taken_at), max(asset.local_taken_at), max(asset.updated_at),
       (array_agg(asset.id ORDER BY asset.taken_at DESC, asset.id))[1], max(asset.taken_at),
       bit_xor(coalesce(asset.marker, 0))
FROM album_link AS link
JOIN asset ON asset.id = link.asset_id
WHERE link.album_id = ANY($1) AND asset.status = 'active' AND asset.visibility IN ('timeline', 'archive')
GROUP BY link.album_id, asset.owner_id
