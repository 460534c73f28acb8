-- How many of the newest events are a model's answers to a job, and for how many seconds they have come: from the first
-- of them until now. The bound is a number and no parameter, so that the index of positions is walked from its end
-- whatever the planner knows; names are compared before any payload is fetched.
SELECT count(*), extract(epoch FROM now() - min(recorded_at))::float8
FROM (SELECT recorded_at, event_type, payload FROM events ORDER BY position DESC LIMIT 5000) AS newest
WHERE event_type = $1::text AND recorded_at > now() - make_interval(secs => $2::float8) AND payload ->> 'model' = $3::text
