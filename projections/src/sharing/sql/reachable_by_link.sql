-- Those of $2 that link $1 shows or that are in its album, and the moving halves of such photos.
WITH named AS (
    SELECT id, id AS asset_id FROM UNNEST($2::uuid[]) AS wanted (id)
    UNION ALL
    SELECT live_photo_video_id, id FROM library.asset WHERE live_photo_video_id = ANY($2)
)
SELECT DISTINCT named.id
FROM named
-- Of a photo in the trash, neither half can be reached.
JOIN library.asset AS photo ON photo.id = named.asset_id AND photo.status = 'active' AND photo.visibility <> 'locked'
JOIN sharing.shared_link AS link ON link.id = $1
WHERE EXISTS (
    SELECT FROM sharing.shared_link_asset AS shown WHERE shown.link_id = link.id AND shown.asset_id = named.asset_id
) OR EXISTS (
    SELECT FROM albums.album_asset AS held WHERE held.album_id = link.album_id AND held.asset_id = named.asset_id
)
