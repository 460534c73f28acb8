-- What devices say of themselves. Transient: derived from nothing, compared with nothing.
CREATE SCHEMA devices;

-- How far a device has come with each type of the lines of a sync stream.
CREATE TABLE devices.sync_checkpoint (
    session_id  uuid        NOT NULL,
    entity_type text        NOT NULL,
    ack         text        NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session_id, entity_type)
);
