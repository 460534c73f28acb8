-- The log: what happened, in one total order. Nothing here is ever changed or removed.

-- postgres-es's layout, with `position`, `recorded_at` and `hash` of our own. `json` and not
-- `jsonb`, because the hash is taken over the very bytes that were stored.
CREATE TABLE events (
    aggregate_type text        NOT NULL,
    aggregate_id   text        NOT NULL,
    sequence       bigint      NOT NULL CHECK (sequence >= 1),
    event_type     text        NOT NULL,
    event_version  text        NOT NULL,
    payload        json        NOT NULL,
    metadata       json        NOT NULL,
    position       bigint      NOT NULL CHECK (position >= 1),
    recorded_at    timestamptz NOT NULL,
    hash           bytea       NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);
CREATE UNIQUE INDEX events_position ON events (position);

CREATE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: events are never updated or deleted';
END $$;
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

-- The end of the log. Its row lock is what makes positions contiguous and in commit order.
CREATE TABLE log_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint  NOT NULL,
    hash     bytea   NOT NULL CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 10);
INSERT INTO log_head (position, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- Natural keys that are unique, decided in the transaction of the event that takes them.
-- `key` is an HMAC: a copy of this table tells nobody which addresses or files there are.
CREATE TABLE claim (
    name   text  NOT NULL,
    key    bytea NOT NULL,
    holder text  NOT NULL,
    PRIMARY KEY (name, key)
);

-- Keys that open personal values. A null is an erased key, and its row stays so that no new
-- key is made by mistake. Both are useless without the master key, which is not in here.
CREATE TABLE owner_key (
    owner_id    uuid PRIMARY KEY,
    wrapped_key bytea
);
CREATE TABLE subject_salt (
    subject_id uuid  PRIMARY KEY,
    owner_id   uuid  NOT NULL,
    salt       bytea
);
CREATE INDEX subject_salt_owner ON subject_salt (owner_id);
