-- What users are told, and have not deleted.
CREATE TABLE notification (
    id          uuid PRIMARY KEY,
    user_id     uuid        NOT NULL,
    level       text        NOT NULL,
    kind        text        NOT NULL,
    -- Those about albums have no words of their own: names of people and albums change.
    title       text,
    description text,
    data        jsonb,
    album_id    uuid,
    -- Who shared the album, or put something into it.
    sender_id   uuid,
    created_at  timestamptz NOT NULL,
    read_at     timestamptz,
    -- Place in the log of what it tells of.
    position    bigint      NOT NULL
);
CREATE INDEX ON notification (user_id, created_at);
CREATE INDEX ON notification (position);
-- One that tells of an album's news and was not read tells of the next as well.
CREATE INDEX ON notification (album_id) WHERE kind = 'album-update' AND read_at IS NULL;

-- Who is told of an album's news.
CREATE TABLE album_member (
    album_id uuid    NOT NULL,
    user_id  uuid    NOT NULL,
    is_owner boolean NOT NULL,
    PRIMARY KEY (album_id, user_id)
);
CREATE INDEX ON album_member (user_id);
