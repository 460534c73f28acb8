INSERT INTO asset_gram (asset_id, owner_id, file_name_folded, grams)
SELECT id, owner_id, file_name_folded, grams::integer[]
FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS saved (id, owner_id, file_name_folded, grams)
ON CONFLICT (asset_id) DO UPDATE
SET owner_id = excluded.owner_id, file_name_folded = excluded.file_name_folded, grams = excluded.grams
