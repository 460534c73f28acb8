-- Readings of these owners ($4) that have one of the first groups, and enough ($3) of all ($2).
SELECT reading.asset_id, reading.words
FROM texts.reading_gram AS gram
JOIN texts.reading AS reading ON reading.asset_id = gram.asset_id
WHERE gram.grams && $1::integer[]
  AND (SELECT count(*) FROM unnest(gram.grams) AS has (number) WHERE has.number = ANY($2::integer[])) >= $3::bigint
  AND reading.owner_id = ANY($4)
