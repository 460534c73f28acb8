-- Whether a model has seen all assets that it can see. What was given up is nothing that anybody waits for.
SELECT NOT EXISTS (SELECT FROM work.job WHERE job.job = $1 AND NOT job.gave_up)
   AND NOT EXISTS (
       SELECT FROM work.subject
       WHERE NOT subject.leaving AND subject.visibility <> 'hidden' AND subject.previews_done
         AND NOT coalesce((subject.recognised -> $1::text) ? $2::text, false)
         AND NOT EXISTS (SELECT FROM work.job WHERE job.asset_id = subject.asset_id AND job.job = $1 AND job.gave_up)
   )
