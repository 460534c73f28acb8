-- What differs from the default configuration: one row at most.
CREATE TABLE config (
    id         uuid PRIMARY KEY,
    plain      jsonb       NOT NULL,
    -- What the log keeps sealed; gone when it was erased.
    secrets    jsonb,
    changed_at timestamptz NOT NULL
);

-- The newest version of the API, when it was last noted: one row at most.
CREATE TABLE newest_release (
    id              uuid PRIMARY KEY,
    release_version text        NOT NULL,
    checked_at      timestamptz NOT NULL
);

-- External libraries.
CREATE TABLE external_library (
    id                 uuid PRIMARY KEY,
    owner_id           uuid        NOT NULL,
    name               text        NOT NULL,
    import_paths       jsonb       NOT NULL,
    exclusion_patterns jsonb       NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL
);
CREATE INDEX ON external_library (owner_id);
