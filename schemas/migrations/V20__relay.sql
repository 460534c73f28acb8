-- How far the log has been published to Kafka, and by whom. Nothing is lost with it: what is
-- published twice is dropped by its position.
CREATE TABLE relay (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Position of the newest event that the broker has acknowledged; null before the first.
    position   bigint,
    leader     text,
    -- What keeps it from publishing, if anything does.
    problem    text,
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO relay DEFAULT VALUES;
