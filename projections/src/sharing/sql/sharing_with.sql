SELECT partnership.shared_by_id
FROM sharing.partnership AS partnership
JOIN identity.person_account AS account ON account.id = partnership.shared_by_id AND account.deleted_at IS NULL
WHERE partnership.shared_with_id = $1 AND (partnership.in_timeline OR NOT $2)
ORDER BY partnership.created_at, partnership.id
