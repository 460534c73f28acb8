-- The lease decides who works: an outdated one is taken over, a living one keeps others away.
WITH due AS (
    SELECT job.asset_id, job.job, job.owner_id, job.revision, job.attempts
    FROM work.job AS job
    WHERE job.job = $1 AND NOT EXISTS (SELECT FROM work.paused_queue WHERE name = $4) AND NOT job.gave_up AND (job.not_before IS NULL OR job.not_before <= now())
      AND NOT EXISTS (
          SELECT FROM public.lease
          WHERE lease.asset_id = job.asset_id AND lease.job = job.job AND lease.deadline > now()
      )
    ORDER BY job.revision {direction}
    LIMIT $2
    FOR UPDATE OF job SKIP LOCKED
),
taken AS (
    INSERT INTO public.lease AS lease (asset_id, job, lease_id, revision, attempt, deadline)
    SELECT asset_id, job, gen_random_uuid(), revision, attempts + 1, now() + make_interval(secs => $3)
    FROM due
    ON CONFLICT (asset_id, job) DO UPDATE SET
        lease_id = excluded.lease_id,
        revision = excluded.revision,
        attempt = CASE WHEN lease.revision = excluded.revision
                       THEN greatest(lease.attempt + 1, excluded.attempt) ELSE excluded.attempt END,
        deadline = excluded.deadline
    WHERE lease.deadline <= now()
    RETURNING asset_id, lease_id, revision, attempt
)
SELECT taken.asset_id, due.owner_id, taken.lease_id, taken.revision, taken.attempt
FROM taken JOIN due USING (asset_id)
ORDER BY taken.revision {direction}
