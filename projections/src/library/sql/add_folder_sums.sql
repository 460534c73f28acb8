INSERT INTO folder_sum (owner_id, folders, digest)
SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[])
ON CONFLICT (owner_id) DO UPDATE
SET folders = folder_sum.folders + excluded.folders, digest = folder_sum.digest # excluded.digest
