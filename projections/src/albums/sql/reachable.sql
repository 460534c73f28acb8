-- Those of $2 that are in an album of which $1 is a member, and the moving halves of such photos.
WITH named AS (
    SELECT id, id AS asset_id FROM UNNEST($2::uuid[]) AS wanted (id)
    UNION ALL
    SELECT live_photo_video_id, id FROM library.asset WHERE live_photo_video_id = ANY($2)
)
SELECT DISTINCT named.id
FROM named
-- Of a photo in the trash, neither half can be reached.
JOIN library.asset AS photo ON photo.id = named.asset_id AND photo.status = 'active' AND photo.visibility <> 'locked'
WHERE EXISTS (
    SELECT
    -- From the asset to its albums, whatever is known of the tables: the fence of OFFSET keeps the database from
    -- beginning at the other end, with all that is in all albums of the member.
    FROM (SELECT album_id FROM albums.album_asset WHERE asset_id = named.asset_id OFFSET 0) AS link
    JOIN albums.album_user AS mine ON mine.album_id = link.album_id AND mine.user_id = $1
    JOIN albums.album AS album ON album.id = link.album_id
    JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
)
