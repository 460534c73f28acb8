id IN (
    WITH RECURSIVE meant AS (
        SELECT id FROM tags.tag WHERE id = ?
        UNION
        SELECT below.id FROM tags.tag AS below JOIN meant ON below.parent_id = meant.id
    )
    SELECT link.asset_id FROM tags.asset_tag AS link JOIN meant ON meant.id = link.tag_id
)
