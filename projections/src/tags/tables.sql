-- A user's tags. The path is unique among them by a claim in the log.
CREATE TABLE tag (
    id         uuid PRIMARY KEY,
    owner_id   uuid        NOT NULL,
    parent_id  uuid,
    value      text        NOT NULL,
    color      text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX ON tag (owner_id, value);
CREATE INDEX ON tag (parent_id) WHERE parent_id IS NOT NULL;

-- Which asset has which tag.
CREATE TABLE asset_tag (
    asset_id uuid NOT NULL,
    tag_id   uuid NOT NULL,
    PRIMARY KEY (asset_id, tag_id)
);
CREATE INDEX ON asset_tag (tag_id);
