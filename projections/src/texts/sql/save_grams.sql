INSERT INTO reading_gram (asset_id, grams)
SELECT asset_id, grams::integer[] FROM UNNEST($1::uuid[], $2::text[]) AS saved (asset_id, grams)
ON CONFLICT (asset_id) DO UPDATE SET grams = excluded.grams
