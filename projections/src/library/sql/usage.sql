-- Photos and videos as they are shown; bytes of everything that takes up space.
SELECT owner_id,
       coalesce(sum(count) FILTER (WHERE kind = 'image' AND shown), 0)::bigint,
       coalesce(sum(count) FILTER (WHERE kind = 'video' AND shown), 0)::bigint,
       coalesce(sum(bytes) FILTER (WHERE kind = 'image'), 0)::bigint,
       coalesce(sum(bytes) FILTER (WHERE kind = 'video'), 0)::bigint,
       coalesce(sum(bytes), 0)::bigint
FROM (
    SELECT *, visibility <> 'hidden' AND status = 'active' AS shown
    FROM library.asset_count WHERE owner_id = ANY($1) AND dated_by = 'taken'
) AS counted
GROUP BY owner_id
