SELECT asset.owner_id, count(*)
FROM albums.album_asset AS link
JOIN library.asset AS asset ON asset.id = link.asset_id
WHERE link.album_id = $1 AND asset.status = 'active' AND asset.visibility IN ('timeline', 'archive')
GROUP BY asset.owner_id
ORDER BY count(*) DESC, asset.owner_id
