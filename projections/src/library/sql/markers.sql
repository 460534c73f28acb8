SELECT id, latitude, longitude, city, state, country
FROM library.asset
WHERE {scope} AND status = 'active' AND latitude IS NOT NULL AND longitude IS NOT NULL
  AND (visibility = 'timeline' OR ($3 AND visibility = 'archive' AND owner_id = $1))
  -- Which of theirs others like is not told.
  AND ($4::boolean IS NULL OR (favorite AND owner_id = $1) = $4)
  AND ($5::timestamptz IS NULL OR taken_at >= $5)
  AND ($6::timestamptz IS NULL OR taken_at <= $6)
ORDER BY taken_at DESC, id
