(owner_id = ANY($2) OR id IN (
    SELECT link.asset_id FROM albums.album_asset AS link
    JOIN albums.album_user AS mine ON mine.album_id = link.album_id AND mine.user_id = $1
    JOIN albums.album AS album ON album.id = link.album_id
    JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
))
