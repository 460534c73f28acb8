SELECT local_taken_at::date AS day, count(*)
FROM library.asset
WHERE owner_id = $1 AND status = 'active' AND visibility IN ('timeline', 'archive')
  AND month BETWEEN date_trunc('month', $2::date)::date AND $3::date
  AND local_taken_at >= $2::date AND local_taken_at < $3::date + 1
GROUP BY day ORDER BY day
