WITH RECURSIVE family AS (
    SELECT id FROM identity.session WHERE id = $1
    UNION
    SELECT child.id FROM identity.session AS child JOIN family ON child.parent_id = family.id
)
SELECT id FROM family
