-- Readings of what is in one of these albums.
SELECT reading.asset_id, reading.words
FROM texts.reading AS reading
WHERE reading.asset_id IN (SELECT asset_id FROM albums.album_asset WHERE album_id = ANY($1))
