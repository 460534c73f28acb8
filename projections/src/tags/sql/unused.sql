-- On no asset, and above none that is on one: the deepest first.
WITH RECURSIVE used AS (
    SELECT DISTINCT tag_id AS id FROM tags.asset_tag
    UNION
    SELECT tag.parent_id FROM tags.tag AS tag JOIN used ON used.id = tag.id WHERE tag.parent_id IS NOT NULL
)
SELECT id FROM tags.tag AS tag
WHERE NOT EXISTS (SELECT FROM used WHERE used.id = tag.id)
ORDER BY length(tag.value) DESC, id
