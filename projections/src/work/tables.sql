-- What the log implies is to be done and no event has answered yet. The id can be a person's, an owner's or an e-mail's: then
-- the job is on their picture, on all of their faces, or it is written.
CREATE TABLE job (
    asset_id   uuid    NOT NULL,
    job        text    NOT NULL,
    owner_id   uuid    NOT NULL,
    -- Position of the event that asked for it: the revision of the input that the work will see.
    revision   bigint  NOT NULL,
    attempts   integer NOT NULL,
    -- Not before then; null for at once.
    not_before timestamptz,
    -- Set when only a newer decoder can help.
    gave_up    boolean NOT NULL,
    reason     text,
    requested_at timestamptz NOT NULL,
    PRIMARY KEY (asset_id, job)
);
CREATE INDEX ON job (job, revision) WHERE NOT gave_up;
-- Few are delayed or given up, and both are counted.
CREATE INDEX ON job (job, not_before) WHERE not_before IS NOT NULL AND NOT gave_up;
CREATE INDEX ON job (job) WHERE gave_up;

-- What has to be remembered of an asset to know what follows from an event.
CREATE TABLE subject (
    asset_id      uuid PRIMARY KEY,
    owner_id      uuid    NOT NULL,
    visibility    text    NOT NULL,
    trashed       boolean NOT NULL,
    metadata_done boolean NOT NULL,
    previews_done boolean NOT NULL,
    leaving       boolean NOT NULL,
    -- By job, the models that have seen it.
    recognised    jsonb   NOT NULL
);
CREATE INDEX ON subject (owner_id);

-- Queues of which nothing more is begun.
CREATE TABLE paused_queue (
    name text PRIMARY KEY
);

-- By which model each job of recognition is done; a job that is not here is not done at all.
CREATE TABLE chosen_model (
    job   text PRIMARY KEY,
    model text NOT NULL
);

-- What is to be done for the whole installation, or was tried in vain.
CREATE TABLE task (
    id           uuid PRIMARY KEY,
    kind         text        NOT NULL,
    requested_at timestamptz NOT NULL,
    -- 0 before anybody has begun.
    attempt      integer     NOT NULL,
    started_at   timestamptz,
    -- Why it came to nothing.
    failure      text
);
