-- What rebuilds of read models say of themselves, so that every process can show them and stop them.
-- It is derived from nothing, and compared with nothing.
CREATE TABLE rebuild (
    read_model            text             PRIMARY KEY,
    state                 text             NOT NULL,
    stop_requested        boolean          NOT NULL DEFAULT false,
    position              bigint           NOT NULL DEFAULT 0,
    target                bigint           NOT NULL DEFAULT 0,
    events_per_s          double precision NOT NULL DEFAULT 0,
    throttle_events_per_s integer,
    compared_at           bigint,
    differences           jsonb            NOT NULL DEFAULT '[]',
    failure               text,
    started_at            timestamptz      NOT NULL DEFAULT now(),
    updated_at            timestamptz      NOT NULL DEFAULT now()
);
