FROM albums.album AS album
JOIN albums.album_user AS mine ON mine.album_id = album.id AND mine.user_id = $1
-- Albums of a deleted user are hidden until the user is restored or gone.
JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
CROSS JOIN LATERAL (
    SELECT coalesce(sum(assets), 0)::bigint AS assets,
           min(first_taken_at)::date AS first_day,
           max(last_taken_at)::date AS last_day,
           max(last_updated_at) AS last_modified_at
    FROM library.album_sum WHERE album_id = album.id
) AS shown
WHERE ($2::uuid IS NULL OR album.id = $2)
  AND ($3::text IS NULL OR album.name = $3)
  AND ($4::boolean IS NULL OR (mine.role = 'owner') = $4)
  AND ($5::boolean IS NULL OR $5 = (EXISTS (
      SELECT FROM albums.album_user AS other
      JOIN identity.person_account AS account ON account.id = other.user_id AND account.deleted_at IS NULL
      WHERE other.album_id = album.id AND other.user_id <> album.owner_id
  ) OR EXISTS (
      SELECT FROM sharing.shared_link AS link WHERE link.album_id = album.id
  )))
  AND ($6::uuid IS NULL OR EXISTS (
      SELECT FROM albums.album_asset AS link WHERE link.album_id = album.id AND link.asset_id = $6
  ))
ORDER BY album.created_at DESC, album.id
