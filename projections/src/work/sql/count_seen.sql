-- How many of the assets that a model can see it has seen. What it has seen before and is to look at again is still left.
SELECT count(*) FROM work.subject
WHERE NOT subject.leaving AND subject.visibility <> 'hidden' AND subject.previews_done
  AND coalesce((subject.recognised -> $1::text) ? $2::text, false)
  AND NOT EXISTS (SELECT FROM work.job WHERE job.asset_id = subject.asset_id AND job.job = $1 AND NOT job.gave_up)
