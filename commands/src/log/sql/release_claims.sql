-- Only what its holder gives back. Locked in the caller's order, see take_claims.sql.
WITH released AS (
    SELECT claim.name, claim.key
    FROM UNNEST($1::text[], $2::bytea[], $3::text[]) WITH ORDINALITY AS given (name, key, holder, place)
    JOIN claim ON claim.name = given.name AND claim.key = given.key AND claim.holder = given.holder
    ORDER BY given.place FOR UPDATE OF claim
)
DELETE FROM claim USING released WHERE claim.name = released.name AND claim.key = released.key
