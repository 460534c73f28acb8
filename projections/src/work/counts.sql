-- Those that are leased are few, those that are delayed or given up have indexes: nothing looks at every job.
WITH held AS (
    SELECT job.gave_up, coalesce(job.not_before > now(), false) AS delayed
    FROM public.lease
    JOIN work.job AS job ON job.asset_id = lease.asset_id AND job.job = lease.job
    WHERE lease.job = $1 AND lease.deadline > now()
), counted AS (
    SELECT (SELECT count(*) FROM held) AS active,
           (SELECT count(*) FROM work.job WHERE job = $1 AND NOT gave_up)
               - (SELECT count(*) FROM held WHERE NOT gave_up) AS open,
           (SELECT count(*) FROM work.job WHERE job = $1 AND NOT gave_up AND not_before > now())
               - (SELECT count(*) FROM held WHERE NOT gave_up AND delayed) AS delayed,
           (SELECT count(*) FROM work.job WHERE job = $1 AND gave_up) AS failed
)
SELECT active, open - delayed, delayed, failed, (
    -- The oldest that nobody does yet: the index walks them in the order of the log, and few of the first are held.
    SELECT job.requested_at FROM work.job AS job
    WHERE job.job = $1 AND NOT job.gave_up AND (job.not_before IS NULL OR job.not_before <= now())
      AND NOT EXISTS (
          SELECT FROM public.lease
          WHERE lease.asset_id = job.asset_id AND lease.job = job.job AND lease.deadline > now()
      )
    ORDER BY job.revision LIMIT 1
) FROM counted
