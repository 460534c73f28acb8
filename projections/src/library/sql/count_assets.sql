SELECT coalesce(sum(count) FILTER (WHERE kind = 'image'), 0)::bigint,
       coalesce(sum(count) FILTER (WHERE kind = 'video'), 0)::bigint
FROM library.asset_count
WHERE owner_id = $1 AND dated_by = 'taken' AND status = $2
  AND ($3::boolean IS NULL OR favorite = $3)
  AND CASE WHEN $4::text IS NULL THEN visibility IN ('timeline', 'archive') ELSE visibility = $4 END
