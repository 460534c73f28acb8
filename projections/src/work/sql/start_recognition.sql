-- Asks for a job of recognition on all assets in sight and outside the trash that there is a picture of, or on those
-- that the model has not seen and that are not waiting for it. The same picture is only looked for where there is a
-- vector, in the timeline and the archive, and never in the trash.
INSERT INTO job (asset_id, job, owner_id, revision, attempts, not_before, gave_up, reason, requested_at)
SELECT subject.asset_id, $4::text, subject.owner_id, $1::bigint, 0, NULL, false, NULL, $2::timestamptz
FROM subject
WHERE NOT subject.leaving AND subject.visibility <> 'hidden' AND subject.previews_done
  AND ($4::text <> 'duplicate-detection'
       OR subject.recognised ? 'embedding' AND subject.visibility <> 'locked' AND NOT subject.trashed)
  AND ($3::boolean AND NOT subject.trashed
       OR NOT coalesce((subject.recognised -> $4::text) ? $5::text, false) AND NOT EXISTS (
           SELECT FROM job WHERE job.asset_id = subject.asset_id AND job.job = $4::text AND NOT job.gave_up
       ))
ON CONFLICT (asset_id, job) DO UPDATE SET
    revision = excluded.revision, attempts = 0, not_before = NULL, gave_up = false, reason = NULL,
    requested_at = excluded.requested_at
