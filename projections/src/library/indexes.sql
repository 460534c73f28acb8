CREATE INDEX IF NOT EXISTS asset_of_month ON asset (owner_id, month, taken_at);
CREATE INDEX IF NOT EXISTS asset_by_capture ON asset (owner_id, taken_at DESC, id);
CREATE INDEX IF NOT EXISTS asset_by_upload ON asset (owner_id, created_at DESC, id);
CREATE INDEX IF NOT EXISTS asset_by_checksum ON asset (owner_id, checksum);
CREATE INDEX IF NOT EXISTS asset_by_live_photo ON asset (owner_id, live_photo_id) WHERE live_photo_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS asset_in_trash ON asset (owner_id, trashed_at) WHERE status <> 'active';
CREATE INDEX IF NOT EXISTS asset_by_moving_half ON asset (live_photo_video_id) WHERE live_photo_video_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS asset_in_duplicates ON asset (owner_id, duplicate_id) WHERE duplicate_id IS NOT NULL;
-- For the map, which shows all of them: from the index alone it takes a seventh of the time.
CREATE INDEX IF NOT EXISTS asset_on_the_map ON asset (owner_id, taken_at DESC, id)
    INCLUDE (latitude, longitude, city, state, country, visibility, status, favorite, month, marker) WHERE latitude IS NOT NULL;
-- For places, and for a photo of each city.
CREATE INDEX IF NOT EXISTS asset_by_city ON asset (owner_id, city, taken_at DESC, id) WHERE city IS NOT NULL;
-- For videos and the rest.
CREATE INDEX IF NOT EXISTS asset_by_kind ON asset (owner_id, kind, taken_at DESC, id) WHERE kind <> 'image';
-- For the largest.
CREATE INDEX IF NOT EXISTS asset_by_size ON asset (owner_id, size_bytes DESC, id);
-- For results by name.
CREATE INDEX IF NOT EXISTS asset_by_name ON asset (owner_id, file_name DESC, id);
-- For ratings, which few assets have.
CREATE INDEX IF NOT EXISTS asset_by_rating ON asset (owner_id, rating, taken_at DESC, id) WHERE rating IS NOT NULL;
-- For the view by folders: what lies in one, and which there are. What is too long for an index is cut off.
CREATE INDEX IF NOT EXISTS asset_by_folder
    ON asset (owner_id, (left(left(path, -strpos(reverse(path), '/')), 500) COLLATE "C"))
    WHERE status = 'active' AND visibility = 'timeline';
CREATE INDEX IF NOT EXISTS asset_gram_grams ON asset_gram USING gin (grams);
-- For a camera that took few pictures. Files say what they like, so what is too long for an index is cut off.
CREATE INDEX IF NOT EXISTS asset_by_camera ON asset (owner_id, left(make, 100), left(model, 100));
