-- How many of the assets that a model can see it has seen.
SELECT count(*) FROM work.subject
WHERE NOT subject.leaving AND subject.visibility <> 'hidden' AND subject.previews_done
  AND coalesce((subject.recognised -> $1::text) ? $2::text, false)
