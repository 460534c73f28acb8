INSERT INTO place_count (owner_id, visibility, country, state, city, count)
SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
ON CONFLICT (owner_id, visibility, country, state, city) DO UPDATE SET count = place_count.count + excluded.count
