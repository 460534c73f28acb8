-- What waits is dropped. What is tried again later stays, and so does what was given up unless it is meant too.
DELETE FROM job
WHERE job = ANY($1)
  AND CASE WHEN gave_up THEN $3::boolean ELSE not_before IS NULL OR not_before <= $2::timestamptz END
