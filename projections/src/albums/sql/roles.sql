SELECT mine.album_id, mine.role
FROM albums.album_user AS mine
JOIN albums.album AS album ON album.id = mine.album_id
JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
WHERE mine.user_id = $1 AND mine.album_id = ANY($2)
