SELECT asset.id, asset.latitude, asset.longitude, asset.city, asset.state, asset.country
FROM albums.album_asset AS link
JOIN library.asset AS asset ON asset.id = link.asset_id
WHERE link.album_id = $1 AND asset.status = 'active' AND asset.visibility IN ('timeline', 'archive')
  AND asset.latitude IS NOT NULL AND asset.longitude IS NOT NULL
ORDER BY asset.taken_at DESC, asset.id
