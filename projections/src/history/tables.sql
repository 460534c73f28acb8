-- One row per event: what it is about and who may see it. It says nothing personal.
CREATE TABLE entry (
    position    bigint PRIMARY KEY,
    stream_kind text NOT NULL,
    stream_id   uuid NOT NULL,
    -- Whose the thing is; null for the installation's.
    owner_id    uuid,
    event       text NOT NULL,
    actor_id    uuid,
    session_id  uuid
);
CREATE INDEX ON entry (stream_id, position);

-- Assets in a locked folder, and those that ended in one.
CREATE TABLE locked_asset (
    asset_id uuid PRIMARY KEY
);
