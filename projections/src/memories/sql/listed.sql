FROM memories.memory AS memory
WHERE memory.owner_id = $1
  AND ($2::timestamptz IS NULL OR (coalesce(memory.show_at <= $2, true) AND coalesce(memory.hide_at >= $2, true)))
  AND ($3::boolean IS NULL OR memory.saved = $3)
  AND ($4::uuid IS NULL OR memory.id = $4)
  AND ($5::boolean IS NULL OR coalesce(memory.show_at > $6::timestamptz, false) = $5)
  AND EXISTS (
      SELECT FROM memories.memory_asset AS link
      JOIN library.asset AS asset ON asset.id = link.asset_id
      WHERE link.memory_id = memory.id AND asset.status = 'active' AND asset.visibility = 'timeline'
        AND NOT EXISTS (
            SELECT FROM people.face AS face
            JOIN people.person AS person ON person.id = face.person_id AND person.hidden
            WHERE face.asset_id = asset.id AND face.removed_at IS NULL
        )
  )
