-- How far the log has been copied to EventStoreDB, and by whom. It stands here and not over there,
-- so that only the holder of the lock can move it, and its lag can be told while the mirror is away.
-- It says where to begin; what the mirror really has is looked up there.
CREATE TABLE mirror (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Position of the newest event that the mirror has acknowledged; null before the first.
    position   bigint,
    leader     text,
    -- What keeps it from going on, if anything does.
    problem    text,
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO mirror DEFAULT VALUES;
