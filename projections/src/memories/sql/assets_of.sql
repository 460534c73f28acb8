-- Whoever is hidden is not recalled.
FROM memories.memory_asset AS link
JOIN library.asset AS asset ON asset.id = link.asset_id
WHERE link.memory_id = ANY($1) AND asset.status = 'active' AND asset.visibility = 'timeline'
  AND NOT EXISTS (
      SELECT FROM people.face AS face
      JOIN people.person AS person ON person.id = face.person_id AND person.hidden
      WHERE face.asset_id = asset.id AND face.removed_at IS NULL
  )
ORDER BY link.memory_id, asset.taken_at, asset.id
