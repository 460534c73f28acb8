INSERT INTO folder (owner_id, id, folder, assets)
SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::bigint[])
ON CONFLICT (owner_id, id) DO UPDATE SET assets = folder.assets + excluded.assets
RETURNING owner_id, id, assets
