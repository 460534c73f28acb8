-- One row per asset in which text was read.
CREATE TABLE reading (
    asset_id uuid PRIMARY KEY,
    owner_id uuid   NOT NULL,
    -- Position of the event that tells of it.
    position bigint NOT NULL,
    model    text   NOT NULL,
    -- What it can be found by: the words of all lines, folded, a blank between.
    words    text   NOT NULL
);
CREATE INDEX ON reading (owner_id);

-- One row per line.
CREATE TABLE line (
    id         uuid PRIMARY KEY,
    asset_id   uuid    NOT NULL,
    -- From 0, in the order of reading.
    place      integer NOT NULL,
    x1         double precision NOT NULL,
    y1         double precision NOT NULL,
    x2         double precision NOT NULL,
    y2         double precision NOT NULL,
    x3         double precision NOT NULL,
    y3         double precision NOT NULL,
    x4         double precision NOT NULL,
    y4         double precision NOT NULL,
    box_score  double precision NOT NULL,
    text_score double precision NOT NULL,
    text       text    NOT NULL
);
CREATE INDEX ON line (asset_id, place);

-- The groups of three letters in the words, numbered: see `grams.rs`.
CREATE TABLE reading_gram (
    asset_id uuid PRIMARY KEY,
    grams    integer[] NOT NULL
);
