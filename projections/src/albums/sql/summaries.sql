chosen.id, EXISTS (SELECT FROM sharing.shared_link AS link WHERE link.album_id = album.id)
FROM albums.album AS album
JOIN albums.album_user AS mine ON mine.album_id = album.id
-- Albums of a deleted user are hidden until the user is restored or gone.
JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
-- What stands for it by choice, while that is in sight. It is in the album: what leaves it, stands for it no longer.
LEFT JOIN library.asset AS chosen
    ON chosen.id = album.thumbnail_asset_id AND chosen.status = 'active' AND chosen.visibility IN ('timeline', 'archive')
