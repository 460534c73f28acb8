-- Asks for a job on the faces of each owner, who stands in place of an asset.
INSERT INTO job (asset_id, job, owner_id, revision, attempts, not_before, gave_up, reason, requested_at)
SELECT DISTINCT subject.owner_id, $3::text, subject.owner_id, $1::bigint, 0, NULL::timestamptz, false, NULL, $2::timestamptz
FROM subject
ON CONFLICT (asset_id, job) DO UPDATE SET
    revision = excluded.revision, attempts = 0, not_before = NULL, gave_up = false, reason = NULL,
    requested_at = excluded.requested_at
