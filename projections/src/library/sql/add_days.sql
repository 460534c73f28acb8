INSERT INTO day_count (owner_id, dated_by, day, count)
SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::date[], $4::bigint[])
ON CONFLICT (owner_id, dated_by, day) DO UPDATE SET count = day_count.count + excluded.count
