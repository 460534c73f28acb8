-- One row per album. Times and counts of its assets are in library.album_sum.
CREATE TABLE album (
    id                 uuid PRIMARY KEY,
    owner_id           uuid        NOT NULL,
    name               text        NOT NULL,
    description        text        NOT NULL,
    asset_order        text        NOT NULL,
    activity_enabled   boolean     NOT NULL,
    -- Chosen by a member, or the first that came in. Shown only while it is in the album and in sight.
    thumbnail_asset_id uuid,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL
);
CREATE INDEX ON album (owner_id);

-- Its members, the owner among them.
CREATE TABLE album_user (
    album_id uuid NOT NULL,
    user_id  uuid NOT NULL,
    role     text NOT NULL,
    PRIMARY KEY (album_id, user_id)
);
CREATE INDEX ON album_user (user_id);

-- What is in it.
CREATE TABLE album_asset (
    album_id uuid        NOT NULL,
    asset_id uuid        NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (album_id, asset_id)
);
CREATE INDEX ON album_asset (asset_id);
