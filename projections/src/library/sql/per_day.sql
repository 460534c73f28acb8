SELECT day, count FROM library.day_count
WHERE owner_id = $1 AND dated_by = $2 AND day BETWEEN $3 AND $4
ORDER BY day
