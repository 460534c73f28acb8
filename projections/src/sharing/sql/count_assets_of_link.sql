SELECT count(*)
FROM sharing.shared_link_asset AS shown
JOIN library.asset AS asset ON asset.id = shown.asset_id
WHERE shown.link_id = $1 AND asset.status = 'active' AND asset.visibility <> 'locked'
