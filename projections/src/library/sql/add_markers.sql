INSERT INTO marker_sum (owner_id, month, markers, digest)
SELECT * FROM UNNEST($1::uuid[], $2::date[], $3::bigint[], $4::bigint[])
ON CONFLICT (owner_id, month) DO UPDATE
SET markers = marker_sum.markers + excluded.markers, digest = marker_sum.digest # excluded.digest
