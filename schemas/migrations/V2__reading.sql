-- How far each read model has come. A read model is a schema of its own; `instance` names it.
-- Its position moves in the transaction that writes its rows.
CREATE TABLE projection_checkpoint (
    instance   text        PRIMARY KEY,
    version    integer     NOT NULL,
    position   bigint      NOT NULL,
    -- Set when an event could not be applied: the projection stands still, loudly.
    failure    text,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Who is doing a piece of work right now. Transient: derived from nothing, compared with nothing.
CREATE TABLE lease (
    asset_id uuid        NOT NULL,
    job      text        NOT NULL,
    lease_id uuid        NOT NULL,
    revision bigint      NOT NULL,
    attempt  integer     NOT NULL,
    deadline timestamptz NOT NULL,
    PRIMARY KEY (asset_id, job)
);
CREATE INDEX lease_deadline ON lease (deadline);
