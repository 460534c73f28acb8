-- The next markers of these owners ($2), the newest first: behind the one of time $6 and id $7.
SELECT marker.*
FROM UNNEST($2::uuid[]) AS owner (id)
CROSS JOIN LATERAL (
    SELECT id, latitude, longitude, city, state, country, taken_at
    FROM library.asset
    WHERE owner_id = owner.id AND status = 'active' AND latitude IS NOT NULL AND longitude IS NOT NULL
      AND (visibility = 'timeline' OR ($3 AND visibility = 'archive' AND owner_id = $1))
      -- Which of theirs others like is not told.
      AND ($4::boolean IS NULL OR (favorite AND owner_id = $1) = $4)
      AND taken_at >= coalesce($5::timestamptz, '-infinity')
      AND taken_at <= coalesce($6::timestamptz, 'infinity')
      AND (taken_at < coalesce($6::timestamptz, 'infinity') OR id > $7)
    ORDER BY taken_at DESC, id LIMIT $8
) AS marker
ORDER BY taken_at DESC, id LIMIT $8
