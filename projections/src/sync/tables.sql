-- When each thing that phone apps copy last changed: `change` is its place in the order of all
-- changes (see `change.rs`). What a thing looks like is read from the other read models.

-- Assets have a table of their own: there are many, and they change often.
CREATE TABLE asset (
    id          uuid PRIMARY KEY,
    owner_id    uuid    NOT NULL,
    locked      boolean NOT NULL,
    change      bigint  NOT NULL,
    -- The same of what is known of its making.
    exif_change bigint  NOT NULL
);
CREATE INDEX ON asset (owner_id, change);
CREATE INDEX ON asset (owner_id, exif_change);

-- Everything else that is there. `scope` says who may know of it: a user, an album's members, or
-- everybody (the nil id). What `a`, `b` and `key` mean is up to the kind (see `kind.rs`).
CREATE TABLE entry (
    kind    text   NOT NULL,
    a       uuid   NOT NULL,
    scope   uuid   NOT NULL,
    b       uuid   NOT NULL,
    key     text   NOT NULL,
    -- When it came to be, where that matters.
    created bigint NOT NULL,
    change  bigint NOT NULL,
    PRIMARY KEY (kind, a, scope, b, key)
);
CREATE INDEX ON entry (kind, scope, change);
CREATE INDEX ON entry (scope);

-- What was there and is not any more: kept while a device may still have it.
CREATE TABLE gone (
    kind   text        NOT NULL,
    a      uuid        NOT NULL,
    scope  uuid        NOT NULL,
    b      uuid        NOT NULL,
    key    text        NOT NULL,
    change bigint      NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (kind, a, scope, b, key)
);
CREATE INDEX ON gone (kind, scope, change);
CREATE INDEX ON gone (scope);
CREATE INDEX ON gone (at);
