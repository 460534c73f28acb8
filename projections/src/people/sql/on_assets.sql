FROM (
    SELECT asset_id, person_id, min(x1) AS x1
    FROM people.face
    WHERE asset_id = ANY($2) AND person_id IS NOT NULL AND removed_at IS NULL
    GROUP BY asset_id, person_id
) AS seen
JOIN people.person AS person ON person.id = seen.person_id AND person.owner_id = $1
ORDER BY seen.asset_id, seen.x1, person.id
