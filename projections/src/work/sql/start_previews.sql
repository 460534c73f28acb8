-- Asks for the small pictures of all assets in sight and outside the trash, or of those that have none and are not waiting
-- for them, nor for their metadata, which the pictures follow.
INSERT INTO job (asset_id, job, owner_id, revision, attempts, not_before, gave_up, reason, requested_at)
SELECT subject.asset_id, 'previews', subject.owner_id, $1::bigint, 0, NULL, false, NULL, $2::timestamptz
FROM subject
WHERE NOT subject.leaving AND subject.visibility <> 'hidden'
  AND ($3::boolean AND NOT subject.trashed OR NOT subject.previews_done AND NOT EXISTS (
      SELECT FROM job WHERE job.asset_id = subject.asset_id AND job.job IN ('metadata', 'previews') AND NOT job.gave_up
  ))
ON CONFLICT (asset_id, job) DO UPDATE SET
    revision = excluded.revision, attempts = 0, not_before = NULL, gave_up = false, reason = NULL,
    requested_at = excluded.requested_at
