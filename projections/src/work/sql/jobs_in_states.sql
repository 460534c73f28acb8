-- How a piece of work stands is asked before the first are taken: what is being done can be behind a million that wait.
SELECT {columns}
FROM work.job AS job
LEFT JOIN public.lease AS lease
    ON lease.asset_id = job.asset_id AND lease.job = job.job AND lease.deadline > now()
WHERE job.job = $1
  AND CASE WHEN lease.asset_id IS NOT NULL THEN 'active'
           WHEN job.gave_up THEN 'failed'
           WHEN job.not_before > now() THEN 'delayed'
           ELSE 'waiting' END = ANY($2)
ORDER BY job.revision, job.asset_id
LIMIT $3
