-- One row per asset: what clients see of it.
CREATE TABLE asset (
    id                       uuid PRIMARY KEY,
    owner_id                 uuid        NOT NULL,
    month                    date        NOT NULL,
    kind                     text        NOT NULL,
    visibility               text        NOT NULL,
    status                   text        NOT NULL,
    favorite                 boolean     NOT NULL,
    -- What the timeline shows, packed. Here so that it is found without walking over the other columns.
    tile                     bytea       NOT NULL,
    -- What stands for all that maps tell of it; null where it is on none.
    marker                   bigint,
    taken_at                 timestamptz NOT NULL,
    local_taken_at           timestamp   NOT NULL,
    created_at               timestamptz NOT NULL,
    updated_at               timestamptz NOT NULL,
    trashed_at               timestamptz,
    width                    integer,
    height                   integer,
    thumbhash                bytea,
    duration_ms              bigint,
    projection_type          text,
    live_photo_video_id      uuid,
    city                     text,
    state                    text,
    country                  text,
    latitude                 double precision,
    longitude                double precision,
    duplicate_id             uuid,
    file_name                text        NOT NULL,
    file_name_folded         text        NOT NULL,
    path                     text        NOT NULL,
    sidecar_path             text,
    size_bytes               bigint      NOT NULL,
    checksum                 bytea       NOT NULL,
    file_modified_at         timestamptz NOT NULL,
    uploaded_file_created_at timestamptz NOT NULL,
    time_zone                text,
    date_time_original       timestamptz,
    modify_date              timestamptz,
    raw_width                integer,
    raw_height               integer,
    orientation              smallint,
    make                     text,
    model                    text,
    lens_model               text,
    f_number                 double precision,
    focal_length_mm          double precision,
    iso                      integer,
    exposure_time            text,
    frames_per_second        double precision,
    rating                   smallint,
    description              text        NOT NULL,
    description_folded       text        NOT NULL,
    tags                     jsonb       NOT NULL,
    live_photo_id            text,
    burst_id                 text,
    bits_per_sample          integer,
    colorspace               text,
    profile_description      text,
    thumbnail_path           text,
    preview_path             text,
    fullsize_path            text,
    edits                    jsonb       NOT NULL
);

-- Values that clients keep with an asset.
CREATE TABLE asset_key_value (
    asset_id   uuid        NOT NULL,
    key        text        NOT NULL,
    value      jsonb       NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (asset_id, key)
);

-- How many there are of what, by the month of capture (`taken`) and by that of the upload
-- (`created`): no page counts assets one by one.
CREATE TABLE asset_count (
    owner_id   uuid    NOT NULL,
    dated_by   text    NOT NULL,
    month      date    NOT NULL,
    kind       text    NOT NULL,
    visibility text    NOT NULL,
    status     text    NOT NULL,
    favorite   boolean NOT NULL,
    count      bigint  NOT NULL,
    bytes      bigint  NOT NULL,
    PRIMARY KEY (owner_id, dated_by, month, kind, visibility, status, favorite)
);

-- Which places there are, and how many assets that are not in the trash were taken there; empty for unknown.
CREATE TABLE place_count (
    owner_id   uuid   NOT NULL,
    visibility text   NOT NULL,
    country    text   NOT NULL,
    state      text   NOT NULL,
    city       text   NOT NULL,
    count      bigint NOT NULL,
    PRIMARY KEY (owner_id, visibility, country, state, city)
);

-- Which cameras took what is not in the trash, and how many assets; empty for unknown.
CREATE TABLE camera_count (
    owner_id   uuid   NOT NULL,
    visibility text   NOT NULL,
    make       text   NOT NULL,
    model      text   NOT NULL,
    lens_model text   NOT NULL,
    count      bigint NOT NULL,
    PRIMARY KEY (owner_id, visibility, make, model, lens_model)
);

-- The groups of letters in the name, the description and the path of an asset, numbered: see `grams.rs`.
CREATE TABLE asset_gram (
    asset_id         uuid PRIMARY KEY,
    -- These two so that what only looks alike is left out before an asset's row is looked at.
    owner_id         uuid      NOT NULL,
    file_name_folded text      NOT NULL,
    grams            integer[] NOT NULL
);

-- How many there are of each day, by the wall clock at the place of capture (`taken`) and by the upload in UTC
-- (`created`): in the timeline and in the archive.
CREATE TABLE day_count (
    owner_id uuid   NOT NULL,
    dated_by text   NOT NULL,
    day      date   NOT NULL,
    count    bigint NOT NULL,
    PRIMARY KEY (owner_id, dated_by, day)
);

-- Which assets are in which albums, so that an asset that changes finds its albums.
CREATE TABLE album_link (
    asset_id uuid NOT NULL,
    album_id uuid NOT NULL,
    -- Whose the asset is; null for one that is not known.
    owner_id uuid,
    PRIMARY KEY (asset_id, album_id)
);
CREATE INDEX ON album_link (album_id, owner_id, asset_id);
CREATE INDEX ON album_link (asset_id) WHERE owner_id IS NULL;

-- What is in sight of an album, by whose it is: no list of albums looks at assets.
CREATE TABLE album_sum (
    album_id        uuid        NOT NULL,
    owner_id        uuid        NOT NULL,
    assets          bigint      NOT NULL,
    first_taken_at  timestamp   NOT NULL,
    last_taken_at   timestamp   NOT NULL,
    last_updated_at timestamptz NOT NULL,
    -- The newest capture; of equals the one with the smallest id.
    newest_id       uuid        NOT NULL,
    newest_taken_at timestamptz NOT NULL,
    -- The markers of all of them in one: another when there is another asset, or one is elsewhere.
    digest          bigint      NOT NULL,
    PRIMARY KEY (album_id, owner_id)
);

-- How many markers there are of each month of capture in UTC, and all of them in one: who keeps some in memory sees
-- whether they are still these.
CREATE TABLE marker_sum (
    owner_id uuid   NOT NULL,
    month    date   NOT NULL,
    markers  bigint NOT NULL,
    digest   bigint NOT NULL,
    PRIMARY KEY (owner_id, month)
);

-- The folders in which originals of the timeline lie, and how many of them.
CREATE TABLE folder (
    owner_id uuid   NOT NULL,
    -- Stands for the folder, which may be too long for an index.
    id       bigint NOT NULL,
    folder   text   NOT NULL,
    assets   bigint NOT NULL,
    PRIMARY KEY (owner_id, id)
);

-- How many folders there are, and all of them in one.
CREATE TABLE folder_sum (
    owner_id uuid PRIMARY KEY,
    folders  bigint NOT NULL,
    digest   bigint NOT NULL
);
