SELECT claim.name, claim.key, claim.holder
FROM claim JOIN UNNEST($1::text[], $2::bytea[]) AS wanted (name, key)
    ON claim.name = wanted.name AND claim.key = wanted.key
