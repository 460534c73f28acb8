id IN (
    SELECT asset_id FROM tags.asset_tag
    -- As an array the tags are known when the links are looked for: the database takes them for a few, not for a
    -- share of all there are, and goes by the index of the links instead of looking at every asset.
    WHERE tag_id = ANY(ARRAY(
        WITH RECURSIVE meant AS (
            SELECT id FROM tags.tag WHERE id = ?
            UNION
            SELECT below.id FROM tags.tag AS below JOIN meant ON below.parent_id = meant.id
        )
        SELECT id FROM meant
    ))
)
