FROM (
    SELECT city FROM library.place_count WHERE owner_id = ANY($1) AND visibility = 'timeline' AND city <> ''
    GROUP BY city HAVING sum(count) >= $2::bigint
) AS place
CROSS JOIN LATERAL (
    SELECT * FROM library.asset
    WHERE owner_id = ANY($1) AND city = place.city
      AND status = 'active' AND visibility = 'timeline' AND kind = 'image'
    LIMIT 1
) AS photo
ORDER BY place.city
LIMIT $3
