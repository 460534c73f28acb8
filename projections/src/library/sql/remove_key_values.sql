DELETE FROM asset_key_value USING UNNEST($1::uuid[], $2::text[]) AS gone (asset_id, key)
WHERE asset_key_value.asset_id = gone.asset_id AND asset_key_value.key = gone.key
