SELECT count(*) FILTER (WHERE leased),
       count(*) FILTER (WHERE NOT leased AND NOT gave_up AND (not_before IS NULL OR not_before <= now())),
       count(*) FILTER (WHERE NOT leased AND NOT gave_up AND not_before > now()),
       count(*) FILTER (WHERE gave_up)
FROM (
    SELECT job.*, EXISTS (
        SELECT FROM public.lease
        WHERE lease.asset_id = job.asset_id AND lease.job = job.job AND lease.deadline > now()
    ) AS leased
    FROM work.job AS job WHERE job.job = $1
) AS counted
