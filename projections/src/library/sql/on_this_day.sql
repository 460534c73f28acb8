SELECT extract(year FROM local_taken_at)::integer, id
FROM library.asset
WHERE owner_id = $1 AND status = 'active' AND visibility = 'timeline' AND preview_path IS NOT NULL
  -- The index goes by months; the first cameras were built in the 1820s.
  AND month = ANY(ARRAY(SELECT make_date(past, $2, 1) FROM generate_series(1826, $4 - 1) AS past))
  AND extract(day FROM local_taken_at) = $3::integer
ORDER BY local_taken_at, id
