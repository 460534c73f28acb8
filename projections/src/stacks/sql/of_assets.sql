SELECT mine.asset_id, stack.id, stack.primary_asset_id, (
    SELECT count(*) FROM stacks.stack_asset AS layer
    JOIN library.asset AS asset ON asset.id = layer.asset_id
    WHERE layer.stack_id = stack.id AND asset.status = 'active' AND asset.visibility = 'timeline'
)
FROM stacks.stack_asset AS mine
JOIN stacks.stack AS stack ON stack.id = mine.stack_id
WHERE mine.asset_id = ANY($1)
