CREATE INDEX IF NOT EXISTS entry_of_owner ON entry (owner_id, position);
-- What others did with somebody's things; one's own doings are found by their owner.
CREATE INDEX IF NOT EXISTS entry_of_actor ON entry (actor_id, position) WHERE actor_id IS DISTINCT FROM owner_id;
-- Things of which little happens, which would otherwise be looked for among all that happens to assets.
CREATE INDEX IF NOT EXISTS entry_of_kind ON entry (owner_id, stream_kind, position)
    WHERE stream_kind NOT IN ('asset', 'embedding', 'face', 'face-embedding', 'processing', 'text');
