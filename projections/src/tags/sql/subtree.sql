WITH RECURSIVE meant AS (
    SELECT id, 0 AS depth FROM tags.tag WHERE id = $1
    UNION ALL
    SELECT below.id, meant.depth + 1 FROM tags.tag AS below JOIN meant ON below.parent_id = meant.id
)
SELECT id FROM meant ORDER BY depth DESC, id
