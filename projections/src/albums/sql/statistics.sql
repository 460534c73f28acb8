SELECT count(*) FILTER (WHERE is_owned), count(*) FILTER (WHERE is_shared), count(*) FILTER (WHERE NOT is_shared)
FROM (
    SELECT mine.role = 'owner' AS is_owned,
           EXISTS (
               SELECT FROM albums.album_user AS other
               JOIN identity.person_account AS account ON account.id = other.user_id AND account.deleted_at IS NULL
               WHERE other.album_id = album.id AND other.user_id <> album.owner_id
           ) OR EXISTS (
               SELECT FROM sharing.shared_link AS link WHERE link.album_id = album.id
           ) AS is_shared
    FROM albums.album AS album
    JOIN albums.album_user AS mine ON mine.album_id = album.id AND mine.user_id = $1
    JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
) AS counted
