INSERT INTO face_vector (face_id, model, asset_id, owner_id, position, dimension, vector)
SELECT face_id, model, asset_id, owner_id, position, dimension, vector
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::bigint[], $6::integer[], $7::public.halfvec[])
    AS measured (face_id, model, asset_id, owner_id, position, dimension, vector)
ON CONFLICT (face_id, model) DO UPDATE SET
    asset_id = excluded.asset_id, owner_id = excluded.owner_id, position = excluded.position,
    dimension = excluded.dimension, vector = excluded.vector
