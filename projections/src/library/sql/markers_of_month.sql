-- From the index alone.
SELECT id, latitude, longitude, city, state, country, taken_at, visibility = 'archive', favorite, marker
FROM library.asset
WHERE owner_id = $1 AND taken_at >= $2 AND taken_at < $3 AND latitude IS NOT NULL AND marker IS NOT NULL
ORDER BY taken_at DESC, id
