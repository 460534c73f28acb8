-- Of these users, in these albums, about these assets; and about assets ($5) that left albums ($4).
SELECT id FROM activity WHERE user_id = ANY($1)
UNION
SELECT id FROM activity WHERE album_id = ANY($2)
UNION
SELECT id FROM activity WHERE asset_id = ANY($3)
UNION
SELECT id FROM activity WHERE album_id = ANY($4) AND asset_id = ANY($5)
