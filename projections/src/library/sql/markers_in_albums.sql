-- What others put into albums of user $1, but for these owners ($2), the newest first. Which of theirs others like is
-- not told.
SELECT asset.id, asset.latitude, asset.longitude, asset.city, asset.state, asset.country, asset.taken_at,
       FALSE, FALSE, asset.marker
FROM (
    SELECT DISTINCT link.asset_id
    FROM albums.album_user AS mine
    JOIN albums.album AS album ON album.id = mine.album_id
    JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
    JOIN library.album_sum AS theirs ON theirs.album_id = album.id AND NOT theirs.owner_id = ANY($2)
    JOIN library.album_link AS link ON link.album_id = theirs.album_id AND link.owner_id = theirs.owner_id
    WHERE mine.user_id = $1
) AS held
-- One by one: they are few beside all that others have.
CROSS JOIN LATERAL (SELECT * FROM library.asset WHERE id = held.asset_id LIMIT 1) AS asset
WHERE asset.marker IS NOT NULL AND asset.visibility = 'timeline'
ORDER BY asset.taken_at DESC, asset.id
