FROM sharing.activity AS activity
JOIN identity.person_account AS account ON account.id = activity.user_id AND account.deleted_at IS NULL
WHERE activity.album_id = $1 AND (activity.asset_id IS NULL OR EXISTS (
    SELECT FROM library.asset AS asset WHERE asset.id = activity.asset_id AND asset.status = 'active'
))
