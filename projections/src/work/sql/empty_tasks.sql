-- What nobody has begun is dropped, and what came to nothing where it is meant too.
DELETE FROM task WHERE attempt = 0 OR failure IS NOT NULL AND $1::boolean
