-- One row per direction. Who is deleted is still in it; who is gone is not.
CREATE TABLE partnership (
    id             uuid PRIMARY KEY,
    shared_by_id   uuid        NOT NULL,
    shared_with_id uuid        NOT NULL,
    in_timeline    boolean     NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX ON partnership (shared_by_id, shared_with_id);
CREATE INDEX ON partnership (shared_with_id);

-- Its key opens it for anybody; what it shows is an album, or the assets in the table below.
CREATE TABLE shared_link (
    id             uuid PRIMARY KEY,
    owner_id       uuid        NOT NULL,
    album_id       uuid,
    key            text        NOT NULL,
    key_hash       bytea       NOT NULL,
    slug           text,
    password       text,
    description    text,
    expires_at     timestamptz,
    allow_upload   boolean     NOT NULL,
    allow_download boolean     NOT NULL,
    show_metadata  boolean     NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE INDEX ON shared_link (key_hash);
CREATE INDEX ON shared_link (slug) WHERE slug IS NOT NULL;
CREATE INDEX ON shared_link (owner_id);
CREATE INDEX ON shared_link (album_id) WHERE album_id IS NOT NULL;

CREATE TABLE shared_link_asset (
    link_id  uuid NOT NULL,
    asset_id uuid NOT NULL,
    PRIMARY KEY (link_id, asset_id)
);
CREATE INDEX ON shared_link_asset (asset_id);

-- What members say about albums and assets in them. Without a comment it is a like.
CREATE TABLE activity (
    id         uuid PRIMARY KEY,
    album_id   uuid        NOT NULL,
    asset_id   uuid,
    user_id    uuid        NOT NULL,
    comment    text,
    created_at timestamptz NOT NULL
);
CREATE INDEX ON activity (album_id, created_at);
CREATE INDEX ON activity (asset_id) WHERE asset_id IS NOT NULL;
CREATE INDEX ON activity (user_id);
