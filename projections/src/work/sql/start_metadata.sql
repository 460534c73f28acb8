-- Asks for the metadata of all assets outside the trash, or of those that were never read and are not waiting to be.
INSERT INTO job (asset_id, job, owner_id, revision, attempts, not_before, gave_up, reason, requested_at)
SELECT subject.asset_id, 'metadata', subject.owner_id, $1::bigint, 0, NULL, false, NULL, $2::timestamptz
FROM subject
WHERE NOT subject.leaving
  AND ($3::boolean AND NOT subject.trashed OR NOT subject.metadata_done AND NOT EXISTS (
      SELECT FROM job WHERE job.asset_id = subject.asset_id AND job.job = 'metadata' AND NOT job.gave_up
  ))
ON CONFLICT (asset_id, job) DO UPDATE SET
    revision = excluded.revision, attempts = 0, not_before = NULL, gave_up = false, reason = NULL,
    requested_at = excluded.requested_at
