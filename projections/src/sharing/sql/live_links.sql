FROM sharing.shared_link AS link
JOIN identity.person_account AS account ON account.id = link.owner_id AND account.deleted_at IS NULL
WHERE (link.album_id IS NULL OR EXISTS (
    SELECT FROM albums.album AS album
    JOIN identity.person_account AS host ON host.id = album.owner_id AND host.deleted_at IS NULL
    WHERE album.id = link.album_id
))
