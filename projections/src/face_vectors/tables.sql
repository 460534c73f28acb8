-- One row per face and model.
CREATE TABLE face_vector (
    face_id   uuid    NOT NULL,
    model     text    NOT NULL,
    asset_id  uuid    NOT NULL,
    owner_id  uuid    NOT NULL,
    -- Of the event that brought it.
    position  bigint  NOT NULL,
    dimension integer NOT NULL,
    vector    public.halfvec NOT NULL,
    PRIMARY KEY (face_id, model)
);
CREATE INDEX ON face_vector (asset_id);
CREATE INDEX ON face_vector (owner_id, model, position);
