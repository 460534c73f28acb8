DELETE FROM folder USING UNNEST($1::uuid[], $2::bigint[]) AS gone (owner_id, id)
WHERE folder.owner_id = gone.owner_id AND folder.id = gone.id
