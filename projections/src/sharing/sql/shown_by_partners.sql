SELECT asset.id
FROM library.asset AS asset
JOIN sharing.partnership AS partnership
  ON partnership.shared_by_id = asset.owner_id AND partnership.shared_with_id = $1
JOIN identity.person_account AS account ON account.id = asset.owner_id AND account.deleted_at IS NULL
WHERE asset.id = ANY($2) AND asset.status = 'active' AND asset.visibility IN ('timeline', 'hidden')
