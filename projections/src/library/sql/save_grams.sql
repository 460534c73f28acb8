INSERT INTO asset_gram (asset_id, grams)
SELECT id, grams::integer[] FROM UNNEST($1::uuid[], $2::text[]) AS saved (id, grams)
ON CONFLICT (asset_id) DO UPDATE SET grams = excluded.grams
