INSERT INTO asset_count (owner_id, dated_by, month, kind, visibility, status, favorite, count, bytes)
SELECT * FROM UNNEST(
    $1::uuid[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::bigint[], $9::bigint[]
)
ON CONFLICT (owner_id, dated_by, month, kind, visibility, status, favorite)
DO UPDATE SET count = asset_count.count + excluded.count, bytes = asset_count.bytes + excluded.bytes
