CREATE TABLE stack (
    id               uuid PRIMARY KEY,
    owner_id         uuid        NOT NULL,
    primary_asset_id uuid        NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE INDEX ON stack (owner_id);
CREATE INDEX ON stack (primary_asset_id);

-- What is in it.
CREATE TABLE stack_asset (
    stack_id   uuid    NOT NULL,
    asset_id   uuid    NOT NULL,
    owner_id   uuid    NOT NULL,
    -- Counts up in the order in which they came.
    place      integer NOT NULL,
    -- Whether it lies on top.
    is_primary boolean NOT NULL,
    PRIMARY KEY (stack_id, asset_id)
);
-- An asset is in one stack at most, but a batch may move it before it has left.
CREATE INDEX ON stack_asset (asset_id);
CREATE INDEX ON stack_asset (owner_id) WHERE NOT is_primary;
