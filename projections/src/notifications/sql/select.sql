SELECT told.id, told.user_id, told.level, told.kind, told.title, told.description, told.data, told.album_id,
       album.name, sender.name, told.created_at, told.read_at
FROM notifications.notification AS told
LEFT JOIN albums.album AS album ON album.id = told.album_id
LEFT JOIN identity.person_account AS sender ON sender.id = told.sender_id
