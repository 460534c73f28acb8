-- Each model has a space of its own. Spaces are counted in the order in which their first vectors were made.
CREATE TABLE space (
    id        integer PRIMARY KEY,
    model     text    NOT NULL UNIQUE,
    dimension integer NOT NULL
);

-- The model by whose vectors searches are answered. The id is that of the installation.
CREATE TABLE serving (
    id    uuid PRIMARY KEY,
    model text NOT NULL
);

-- The vectors, each space in a table of its own (vector_1, vector_2 …) that is made with its first vector. The type has
-- no length, since that differs: the index and the questions say it.
CREATE TABLE vector (
    asset_id  uuid           NOT NULL,
    space_id  integer        NOT NULL,
    owner_id  uuid           NOT NULL,
    embedding public.halfvec NOT NULL,
    PRIMARY KEY (asset_id, space_id)
) PARTITION BY LIST (space_id);
