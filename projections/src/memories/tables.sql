-- One row per memory.
CREATE TABLE memory (
    id         uuid PRIMARY KEY,
    owner_id   uuid        NOT NULL,
    kind       text        NOT NULL,
    year       integer     NOT NULL,
    memory_at  timestamptz NOT NULL,
    show_at    timestamptz,
    hide_at    timestamptz,
    saved      boolean     NOT NULL,
    seen_at    timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX ON memory (owner_id, memory_at);

-- What it is made of.
CREATE TABLE memory_asset (
    memory_id uuid NOT NULL,
    asset_id  uuid NOT NULL,
    PRIMARY KEY (memory_id, asset_id)
);
CREATE INDEX ON memory_asset (asset_id);
