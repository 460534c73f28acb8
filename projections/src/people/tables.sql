-- One row per person.
CREATE TABLE person (
    id              uuid PRIMARY KEY,
    owner_id        uuid        NOT NULL,
    name            text        NOT NULL,
    birth_date      date,
    hidden          boolean     NOT NULL,
    favorite        boolean     NOT NULL,
    color           text,
    feature_face_id uuid,
    thumbnail_path  text,
    -- Faces in sight.
    face_count      bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
CREATE INDEX ON person (owner_id);
CREATE INDEX ON person (feature_face_id) WHERE feature_face_id IS NOT NULL;

-- One row per face, those that were removed too.
CREATE TABLE face (
    id           uuid PRIMARY KEY,
    asset_id     uuid        NOT NULL,
    owner_id     uuid        NOT NULL,
    person_id    uuid,
    -- Whose it is by the last word on it: since then they can have become another one, or be gone.
    said_person_id uuid,
    source       text        NOT NULL,
    frame_width  integer     NOT NULL,
    frame_height integer     NOT NULL,
    x1           integer     NOT NULL,
    y1           integer     NOT NULL,
    x2           integer     NOT NULL,
    y2           integer     NOT NULL,
    -- A user said whose it is, or that it is nobody's.
    by_hand      boolean     NOT NULL,
    -- Of the run of the clusterer that said whose it is.
    generation   bigint,
    removed_at   timestamptz,
    -- Not removed, and its asset is in the timeline.
    in_sight     boolean     NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE INDEX ON face (asset_id);
CREATE INDEX ON face (owner_id);
CREATE INDEX ON face (person_id, asset_id) WHERE person_id IS NOT NULL;

-- How far the faces of an owner are compared with each other.
CREATE TABLE clustering (
    owner_id     uuid PRIMARY KEY,
    -- Of which grouping the people are; 0 before the first.
    generation   bigint NOT NULL,
    -- By the vectors of which model; none before the first.
    model        text,
    -- Position of the newest vector that was known then.
    horizon      bigint NOT NULL,
    -- When the faces were last counted up for all of them to have their turn.
    clustered_at timestamptz,
    -- When faces were last looked for.
    detected_at  timestamptz
);

-- Assets that are not in the timeline; those that are gone stay here, since what was seen on them can come late.
CREATE TABLE out_of_sight (
    asset_id     uuid PRIMARY KEY,
    -- Archived, hidden or locked.
    is_elsewhere boolean NOT NULL,
    -- In the trash, or on the way out.
    is_trashed   boolean NOT NULL
);
