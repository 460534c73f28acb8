SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*)
FROM library.asset
WHERE owner_id = $1 AND status = 'active' AND visibility IN ('timeline', 'archive')
  AND created_at >= ($2::date)::timestamp AT TIME ZONE 'UTC'
  AND created_at < ($3::date + 1)::timestamp AT TIME ZONE 'UTC'
GROUP BY day ORDER BY day
