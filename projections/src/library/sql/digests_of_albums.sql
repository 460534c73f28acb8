-- What others' markers in albums of user $1 come to, but for these owners ($2): what markers_in_albums.sql is drawn from.
SELECT theirs.album_id, theirs.owner_id, theirs.digest
FROM albums.album_user AS mine
JOIN albums.album AS album ON album.id = mine.album_id
JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
JOIN library.album_sum AS theirs ON theirs.album_id = album.id AND NOT theirs.owner_id = ANY($2)
WHERE mine.user_id = $1
