INSERT INTO camera_count (owner_id, visibility, make, model, lens_model, count)
SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
ON CONFLICT (owner_id, visibility, make, model, lens_model) DO UPDATE SET count = camera_count.count + excluded.count
