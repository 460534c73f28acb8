CREATE INDEX IF NOT EXISTS entry_of_owner ON entry (owner_id, position);
-- What others did with somebody's things; one's own doings are found by their owner.
CREATE INDEX IF NOT EXISTS entry_of_actor ON entry (actor_id, position) WHERE actor_id IS DISTINCT FROM owner_id;
